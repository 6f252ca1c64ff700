package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"db-migrate/database"
)

// OverseerID is the workflow id of the overseer that migrates in earnest.
func OverseerID(migration, environment string) string {
	return "migration/" + migration + "/" + environment
}

// begin begins a run. Where the table has an owner whose run Temporal knows to be over,
// its end did not reach the database, and is made up for now.
func (s *CustomerScanner) begin(ctx context.Context, table database.Table, request database.RunRequest) (database.BegunRun, error) {
	begun, err := table.Begin(ctx, request)
	var owner *database.OwnerError
	if !errors.As(err, &owner) || owner.Cluster != request.Cluster {
		return begun, err
	}
	over, asked := isOver(ctx, activity.GetClient(ctx), owner)
	if asked != nil {
		return begun, fmt.Errorf("table %s is owned by migration %s, and Temporal does not say whether its run is over: %w", owner.Table, owner.Migration, asked)
	}
	if !over {
		return begun, err
	}
	activity.GetLogger(ctx).Info("the run that owned the table is over, and the table is taken over from it", "migration", owner.Migration, "environment", owner.Environment, "run", owner.Run)
	request.Over = owner.Run
	return table.Begin(ctx, request)
}

// isOver reports whether an owner's run is over. One that Temporal has forgotten is:
// it forgets none that runs.
func isOver(ctx context.Context, temporal client.Client, owner *database.OwnerError) (bool, error) {
	description, err := temporal.DescribeWorkflowExecution(ctx, OverseerID(owner.Migration, owner.Environment), "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	info := description.GetWorkflowExecutionInfo()
	running := info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING || info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_PAUSED
	return !running || info.GetFirstRunId() != owner.Run, nil
}
