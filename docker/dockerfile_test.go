package docker_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// dockerfile is what the checks look at in a Dockerfile.
type dockerfile struct {
	stages   []string          // names, in their order; "" for one without
	users    map[string]string // of the stages that have a name
	user     string            // of the last stage
	problems []string
}

// dockerfileProblems tells what is wrong with a Dockerfile whose stage target
// is to be built.
func dockerfileProblems(content, target string) []string {
	read := dockerfile{users: map[string]string{}}
	for line := range strings.Lines(content) {
		if words := strings.Fields(line); len(words) > 1 {
			read.instruction(strings.ToUpper(words[0]), words[1:])
		}
	}
	if len(read.stages) == 0 {
		read.complain("there is no FROM")
	}
	if target != "" && !slices.Contains(read.stages, target) {
		read.complain("target %s: there is no such stage", target)
	}
	if slices.Contains(read.stages, target) && target != "" {
		read.user = read.users[target]
	}
	if read.user == "" || read.user == "0" || strings.HasPrefix(read.user, "root") || strings.HasPrefix(read.user, "0:") {
		read.complain("it runs as root")
	}
	return read.problems
}

func (d *dockerfile) instruction(name string, arguments []string) {
	switch name {
	case "FROM":
		d.from(arguments)
	case "USER":
		d.user = arguments[0]
		if len(d.stages) > 0 {
			d.users[d.stages[len(d.stages)-1]] = d.user
		}
	case "COPY":
		for _, argument := range arguments {
			if stage, ok := strings.CutPrefix(argument, "--from="); ok {
				d.copyFrom(stage)
			}
		}
	}
}

func (d *dockerfile) from(arguments []string) {
	if arguments[0] != "scratch" && !slices.Contains(d.stages, arguments[0]) && !pinned(arguments[0]) {
		d.complain("FROM %s is not pinned to a version", arguments[0])
	}
	name := ""
	if len(arguments) == 3 && strings.EqualFold(arguments[1], "AS") {
		name = arguments[2]
	}
	// A stage that begins with another one has its user.
	d.stages, d.user = append(d.stages, name), d.users[arguments[0]]
	d.users[name] = d.user
}

func (d *dockerfile) copyFrom(stage string) {
	number, err := strconv.Atoi(stage)
	numbered := err == nil && number < len(d.stages)-1
	if !numbered && !slices.Contains(d.stages, stage) {
		d.complain("COPY --from=%s: there is no such stage above", stage)
	}
}

func (d *dockerfile) complain(format string, arguments ...any) {
	d.problems = append(d.problems, fmt.Sprintf(format, arguments...))
}
