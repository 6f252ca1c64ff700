package cli

import "github.com/spf13/cobra"

func configCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{Use: "config" + keysUse, Short: "Prints every key's value and where it comes from",
		RunE: func(command *cobra.Command, arguments []string) error {
			given.printConfig = true
			return runMigration(command.Context(), given, arguments, terminal)
		}, ValidArgsFunction: completeKeys}
}
