package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/workflows"
)

type migrate func(context.Context, activities.Batch) (activities.BatchResult, error)

// loser loses one batch of several ranges: it has migrated two of them when its worker
// dies, and was heard of the first, or of nothing.
type loser struct {
	*testing.T
	environment *testsuite.TestWorkflowEnvironment
	heard       bool
	// lost is the batch, and told what it was heard of.
	lost *activities.Batch
	told activities.Progress
	// again is the first range that was handed out again, and after the status then.
	again int64
	after workflows.Status
}

func (l *loser) migrate(ctx context.Context, batch activities.Batch, migrate migrate) (activities.BatchResult, error) {
	first := batch.Ranges[0]
	switch {
	case l.lost == nil && len(batch.Ranges) > 2:
		l.lose(ctx, batch, migrate)
		return activities.BatchResult{}, l.timeout()
	case l.lost != nil && l.lost.Ranges[0].Sequence == first.Sequence && !first.Worked: // repeated by Temporal, which gives up at last
		return activities.BatchResult{}, l.timeout()
	case first.Worked && l.again == 0:
		l.again, l.after = first.Sequence, statusOf(l.T, l.environment)
	}
	return migrate(ctx, batch)
}

func (l *loser) lose(ctx context.Context, batch activities.Batch, migrate migrate) {
	done := batch
	done.Ranges = batch.Ranges[:2]
	result, err := migrate(ctx, done)
	require.NoError(l, err)
	l.lost = &batch
	l.told = activities.Progress{Process: batch.Process, Index: 1, Ranges: result.Ranges[:1]}
	for _, part := range batch.Ranges {
		l.told.Of += part.Customers
	}
}

func (l *loser) timeout() error {
	if l.heard {
		return temporal.NewHeartbeatTimeoutError(l.told)
	}
	return temporal.NewHeartbeatTimeoutError()
}

// TestALostBatchCountsForWhatItWasHeardOf: only the rest is handed out again, and in the
// end the totals are exact.
func TestALostBatchCountsForWhatItWasHeardOf(t *testing.T) {
	for name, heard := range map[string]bool{"heard of": true, "not heard of": false} {
		t.Run(name, func(t *testing.T) {
			trial := newTrial(t, 3000)
			trial.settings.Limits.Processes, trial.settings.Limits.BatchMax = 1, 250
			lost := &loser{T: t, heard: heard}
			trial.around = lost.migrate
			trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) { lost.environment = environment }
			summary, _ := trial.run()
			trial.requireWhole(summary, 3000)
			require.EqualValues(t, 3000, summary.Migrated)
			require.NotNil(t, lost.lost)
			again := lost.lost.Ranges[0].Sequence
			if heard {
				again = lost.lost.Ranges[1].Sequence
			}
			require.Equal(t, again, lost.again)
			require.True(t, lost.after.Uncounted)
		})
	}
}
