package commandline

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// UsageError is a call that is wrong: all that is wrong with it, and the help.
type UsageError struct {
	Help     string
	Problems []error
}

func (e *UsageError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\nErrors:\n", e.Help)
	for _, problem := range e.Problems {
		for _, line := range strings.Split(problem.Error(), "\n") {
			fmt.Fprintf(&text, "  %s\n", line)
		}
	}
	return strings.TrimRight(text.String(), "\n")
}

// Style gives a command and its subcommands the help and the errors that the
// commands of db-migrate have. more finds what else is wrong, once the options
// have been looked at.
func Style(command *cobra.Command, arguments []string, headings []string, note string, more func() error) {
	command.Version = Version()
	command.SetVersionTemplate("db-migrate {{.Version}}\n")
	command.SetHelpFunc(func(command *cobra.Command, _ []string) {
		fmt.Fprint(command.OutOrStdout(), Help(command, headings, note))
	})
	command.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		problems := Check(command.Flags(), arguments)
		if len(problems) == 0 {
			problems = []error{err}
		}
		if further := more(); further != nil {
			problems = append(problems, further)
		}
		return &UsageError{Help: Help(command, headings, note), Problems: problems}
	})
}
