package cli

import (
	"context"

	"github.com/spf13/cobra"

	"db-migrate/workflows"
)

func pauseCommand(given *flags, terminal streams) *cobra.Command {
	var reason string
	command := &cobra.Command{Use: "pause" + nameUse, Short: "Pauses the migration: running batches finish, nothing new is begun",
		RunE: withTarget(given, terminal, func(ctx context.Context, t *target) error {
			return t.tell(ctx, workflows.UpdatePause, workflows.PauseRequest{Reason: reason, By: asker()})
		})}
	addReason(command, &reason)
	return command
}

// addReason lets people say why.
func addReason(command *cobra.Command, reason *string) {
	command.Flags().StringVar(reason, "reason", "", "why, for those who watch")
}
