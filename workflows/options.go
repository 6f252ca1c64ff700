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

// shortOptions are those of activities that take a statement or two.
func shortOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: shortAttempt,
		WaitForCancellation: true,
		RetryPolicy:         withoutEnd(),
		Summary:             summary,
	})
}
