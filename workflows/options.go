package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

const (
	// HeartbeatTimeout is after how long without a heartbeat Temporal takes an
	// attempt for lost. The database's statements must be shorter.
	HeartbeatTimeout = 10 * time.Second
	// longestAttempt bounds an attempt at a batch; it is generous, since a
	// batch stops by itself and a dead one is found by its heartbeat.
	longestAttempt = 24 * time.Hour
	shortAttempt   = time.Minute
)

// withoutEnd retries as long as it takes: what fails an attempt is passing, or
// waits for somebody to mend it.
func withoutEnd() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second}
}

// batchOptions are those of activities that heartbeat.
func batchOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: longestAttempt,
		HeartbeatTimeout:    HeartbeatTimeout,
		WaitForCancellation: true,
		RetryPolicy:         withoutEnd(),
		Summary:             summary,
	})
}

// spreadOptions are those of batches that take seconds: Temporal hands them to
// whichever worker is free. Others begin on the worker that has just asked for
// them, which spares Temporal half of its work for each.
func spreadOptions(ctx workflow.Context, limits Limits, summary string) workflow.Context {
	options := workflow.GetActivityOptions(batchOptions(ctx, summary))
	options.DisableEagerExecution = limits.BatchSize == 0
	return workflow.WithActivityOptions(ctx, options)
}

// shortOptions are those of activities that take a statement or two.
func shortOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: shortAttempt,
		WaitForCancellation: true,
		RetryPolicy:         withoutEnd(),
		Summary:             summary,
	})
}
