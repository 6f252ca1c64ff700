package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities/settle"
	"db-migrate/activities/throttle"
)

// TestSetsAreSmallAtALowRate: the site meets a quarter of a second's rows at most.
func TestSetsAreSmallAtALowRate(t *testing.T) {
	for name, test := range map[string]struct {
		batch              Batch
		piece, transaction int
	}{
		"no rate":                           {Batch{}, 200, 0},
		"700 a second":                      {Batch{Rate: 700}, 175, 0},
		"one in ten seconds":                {Batch{Rate: 0.1}, 1, 0},
		"a transaction size":                {Batch{Rate: 700, TransactionSize: 500}, 175, 175},
		"a transaction size below it":       {Batch{Rate: 700, TransactionSize: 100}, 175, 100},
		"a transaction size without a rate": {Batch{TransactionSize: 500}, 500, 500},
	} {
		t.Run(name, func(t *testing.T) {
			sizer := throttle.NewSizer(time.Second) // of 200 rows
			shared := tools{settler: &settle.Settler{Sizer: sizer}, pieces: sizer}
			run := &batchRun{table: setTable{limit: 1000}, batch: test.batch, tools: shared, cadence: newCadence(test.batch.Rate, 0)}
			require.Equal(t, test.piece, run.pieceSize())
			require.Equal(t, test.transaction, run.transaction())
		})
	}
}

// TestAStopIsNotMadeUpFor: a worker that was frozen for a minute, or let the site go first,
// has a second's rows to catch up with, and no minute's.
func TestAStopIsNotMadeUpFor(t *testing.T) {
	made := cadence{rate: 100, begun: time.Now().Add(-time.Minute), from: 50}
	environment := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	environment.RegisterActivityWithOptions(func(ctx context.Context) error {
		made.await(ctx, func() int { return 150 })
		return nil
	}, activity.RegisterOptions{Name: "await"})
	_, err := environment.ExecuteActivity("await")
	require.NoError(t, err)
	behind := time.Since(made.begun) - time.Second // those 100 rows take
	require.GreaterOrEqual(t, behind, catchUp)
	require.Less(t, behind, 30*time.Second)
	require.Zero(t, made.waited.Round(time.Second))
}

// TestRowsLeftAsTheyAreCostNoTime: only those that are written count.
func TestRowsLeftAsTheyAreCostNoTime(t *testing.T) {
	run := &batchRun{progress: Progress{Customers: 100, Current: Counts{Skipped: 20, Migrated: 5},
		Ranges: []RangeCounts{{1, Counts{Skipped: 30, NeededAgain: 10, Migrated: 35}}}}}
	require.Equal(t, 40, run.written())
}
