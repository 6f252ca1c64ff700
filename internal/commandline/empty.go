package commandline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// RefuseEmpty makes a command and its subcommands refuse an option whose text is
// empty, or is plainly the next option or component/key=value: both are what a
// shell makes of a variable that is not set, and an empty --from or --file would
// mean the whole table. keys are the component/key that there are.
func RefuseEmpty(command *cobra.Command, keys []string) {
	command.PersistentPreRunE = func(command *cobra.Command, _ []string) error {
		var problems []error
		command.Flags().Visit(func(flag *pflag.Flag) {
			for _, text := range textsOf(flag) {
				problems = append(problems, unset(command.Flags(), keys, "--"+flag.Name, text))
			}
		})
		return errors.Join(problems...)
	}
}

// textsOf are the texts that an option was given; none: it takes something else.
func textsOf(flag *pflag.Flag) []string {
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	if flag.Value.Type() == "string" {
		return []string{flag.Value.String()}
	}
	return nil
}

// unset says that a text is none, and why that may be; nil: it is one.
func unset(set *pflag.FlagSet, keys []string, option, text string) error {
	if text == "" {
		return fmt.Errorf("%s: its value is empty; is a shell variable not set? Write a value, or leave %s out", option, option)
	}
	if isOption(set, text) || isKey(keys, text) {
		bare, _, _ := strings.Cut(text, "=") // a value may be a password
		return fmt.Errorf("%s: its value would be %s; is a shell variable not set, or the value forgotten? Write a value after %s, or leave it out", option, bare, option)
	}
	return nil
}

func isOption(set *pflag.FlagSet, text string) bool {
	long, found := strings.CutPrefix(text, "--")
	name, _, _ := strings.Cut(long, "=")
	return found && set.Lookup(name) != nil
}

func isKey(keys []string, text string) bool {
	key, _, found := strings.Cut(text, "=")
	return found && slices.Contains(keys, key)
}
