package cli

import (
	"context"

	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/workflows"
)

func resumeCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{Use: "resume" + nameUse, Short: "Resumes a paused migration, and allows as many further failures as at its start",
		RunE: withTarget(given, terminal, resume)}
}

// resume goes on; with --same-ledger the worker's mended definition is expected
// from now on.
func resume(ctx context.Context, t *target) error {
	request := workflows.ResumeRequest{By: asker()}
	if t.given.sameLedger {
		inspection, err := inspect(ctx, t.connection, t.given, activities.InspectionRequest{}, false)
		if err != nil {
			return err
		}
		if err := t.given.sameDefinition(t.configuration, inspection); err != nil {
			return err
		}
		request.Mended = &inspection.Fingerprint
	}
	return t.tell(ctx, workflows.UpdateResume, request)
}
