package cli

import (
	"github.com/spf13/cobra"

	"db-migrate/internal/commandline"
)

// retryCommand migrates the rows alone that failed in earlier runs.
func retryCommand(given *flags, terminal streams) *cobra.Command {
	command := &cobra.Command{Use: "retry" + nameUse, Short: "Migrates the rows that failed in earlier runs, and no others",
		RunE: func(command *cobra.Command, arguments []string) error {
			given.retry = true
			return runMigration(command.Context(), given, given.takeName(arguments), terminal)
		}}
	set := command.Flags()
	set.BoolVar(&given.failFast, "fail-fast", false, failFastText)
	set.BoolVar(&given.takeOver, "take-over", false, "take the table over from an overseer that is gone for good")
	set.BoolVarP(&given.yes, "yes", "y", false, "start in production without asking")
	set.StringVar(&given.reason, "reason", "", "why, for those who look at it later")
	commandline.Group(set, headingControl, "fail-fast", "take-over", "yes", "reason")
	return command
}

const failFastText = "end with exit code 1 where the run would pause by itself, as beyond the failure limit"
