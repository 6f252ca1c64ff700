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

// begin begins a run. Where the table has an owner whose run Temporal knows to be over,
// its end did not reach the database, and is made up for now.
func (s *CustomerScanner) begin(ctx context.Context, table database.Table, request database.RunRequest) (database.BegunRun, error) {
	request.Workflow = activity.GetInfo(ctx).WorkflowExecution.ID
	begun, err := table.Begin(ctx, request)
	over, err := overRun(ctx, err, request.Cluster)
	if over == "" {
		return begun, err
	}
	request.Over = over
	return table.Begin(ctx, request)
}

// drop drops the ledger, also where the table is owned by a run that Temporal knows to
// be over.
func drop(ctx context.Context, table database.Table, cluster string, request database.DropRequest) ([]database.DroppedTable, error) {
	dropped, err := table.DropLedger(ctx, request)
	over, err := overRun(ctx, err, cluster)
	if over == "" {
		return dropped, err
	}
	request.Over = over
	return table.DropLedger(ctx, request)
}

// overRun is the run of the owner that a table was refused for, if it is one of this
// cluster and Temporal knows it to be over; else the refusal is left as it is.
func overRun(ctx context.Context, refusal error, cluster string) (string, error) {
	var owner *database.OwnerError
	if !errors.As(refusal, &owner) || owner.Cluster != cluster {
		return "", refusal
	}
	over, err := isOver(ctx, activity.GetClient(ctx), owner)
	if err != nil {
		return "", fmt.Errorf("table %s is owned by migration %s, and Temporal does not say whether its run is over: %w", owner.Table, owner.Migration, err)
	}
	if !over {
		return "", refusal
	}
	activity.GetLogger(ctx).Info("the run that owned the table is over, and the table is taken over from it", "migration", owner.Migration, "environment", owner.Environment, "run", owner.Run)
	return owner.Run, nil
}

// isOver reports whether an owner's run is over. One that Temporal has forgotten is:
// it forgets none that runs.
func isOver(ctx context.Context, temporal client.Client, owner *database.OwnerError) (bool, error) {
	description, err := temporal.DescribeWorkflowExecution(ctx, owner.Workflow, "")
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
