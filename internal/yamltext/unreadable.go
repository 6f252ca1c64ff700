package yamltext

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	// atLine is the place that the YAML library gives.
	atLine = regexp.MustCompile(`^yaml: line (\d+): `)
	// unknownAnchor repeats the text behind a *, which may be the beginning of a
	// password.
	unknownAnchor = regexp.MustCompile(`^yaml: unknown anchor '.*' referenced$`)
)

// Unreadable says what is wrong with a file that is no YAML, with its place.
func Unreadable(file string, content []byte, err error) error {
	text := err.Error()
	if line := indentedByTab(content); line > 0 && strings.Contains(text, "cannot start any token") {
		return fmt.Errorf("%s:%d: the line is indented with a tab; YAML takes spaces only", file, line)
	}
	if unknownAnchor.MatchString(text) {
		return fmt.Errorf("%s: a value begins with *, which makes it a YAML alias, and those are not followed; put the value in single quotes", file)
	}
	if place := atLine.FindStringSubmatch(text); place != nil {
		return fmt.Errorf("%s:%s: %s", file, place[1], text[len(place[0]):])
	}
	return fmt.Errorf("%s: %s", file, strings.TrimPrefix(text, "yaml: "))
}

// indentedByTab is the first line that a tab indents, from 1; 0: there is none.
func indentedByTab(content []byte) int {
	for i, line := range LinesOf(content) {
		if text := strings.TrimLeft(line, " \t"); text != "" && strings.Contains(line[:len(line)-len(text)], "\t") {
			return i + 1
		}
	}
	return 0
}
