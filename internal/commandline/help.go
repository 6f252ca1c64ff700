package commandline

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupAnnotation keeps the name of an option's group.
const groupAnnotation = "db-migrate/group"

// Group puts options under a heading in the help, in the order in which groups
// are first named.
func Group(set *pflag.FlagSet, heading string, names ...string) {
	for _, name := range names {
		flag := set.Lookup(name)
		if flag.Annotations == nil {
			flag.Annotations = map[string][]string{}
		}
		flag.Annotations[groupAnnotation] = []string{heading}
	}
}

// Help writes the help of a command: how it is called, its options by group in
// the order of the headings, and a note.
func Help(command *cobra.Command, headings []string, note string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s:%s [options] [config options]\n", command.CommandPath(), argumentsOf(command))
	if command.Short != "" {
		fmt.Fprintf(&text, "%s.\n", command.Short)
	}
	subcommands(&text, command)
	for _, heading := range append(headings, "") {
		group := groupOf(command, heading)
		if !group.HasAvailableFlags() {
			continue
		}
		if heading == "" {
			heading = "Others"
		}
		fmt.Fprintf(&text, "\n%s:\n%s", heading, strings.ReplaceAll(group.FlagUsages(), switchValues, strings.Repeat(" ", len(switchValues))))
	}
	if note != "" {
		fmt.Fprintf(&text, "\n%s\n", strings.TrimSpace(note))
	}
	return text.String()
}

// argumentsOf are what stands between a command's name and its options.
func argumentsOf(command *cobra.Command) string {
	return strings.TrimSuffix(strings.TrimPrefix(command.Use, command.Name()), " [component/key=value …]")
}

func subcommands(text *strings.Builder, command *cobra.Command) {
	if !command.HasAvailableSubCommands() {
		return
	}
	fmt.Fprintf(text, "\nCommands:\n")
	for _, sub := range command.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			fmt.Fprintf(text, "  %-12s %s\n", sub.Name(), sub.Short)
		}
	}
}

// switchValues is what pflag adds to each option that is on or off.
const switchValues = "[=true|false]"

// groupOf are the command's options of one group; heading "": those of none.
func groupOf(command *cobra.Command, heading string) *pflag.FlagSet {
	group := pflag.NewFlagSet(heading, pflag.ContinueOnError)
	group.SortFlags = false
	add := func(flag *pflag.Flag) {
		found := ""
		if names := flag.Annotations[groupAnnotation]; len(names) > 0 {
			found = names[0]
		}
		if found == heading && group.Lookup(flag.Name) == nil {
			group.AddFlag(flag)
		}
	}
	command.LocalFlags().VisitAll(add)
	command.InheritedFlags().VisitAll(add)
	return group
}
