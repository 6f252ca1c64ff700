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
	"db-migrate/database"
	"db-migrate/internal/memorytable"
	"db-migrate/migration"
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

// TestRowsLeftAsTheyAreCostNoTime: only those that are written, or were tried, count.
func TestRowsLeftAsTheyAreCostNoTime(t *testing.T) {
	run := &batchRun{rest: []database.Range{{Customers: 3}}, progress: Progress{Customers: 150, Troubled: make([]Troubled, 2),
		Current: Counts{Skipped: 20, Migrated: 5},
		Ranges:  []RangeCounts{{1, Counts{Skipped: 30, NeededAgain: 10, Migrated: 60, Recalled: 25}}}}}
	require.Equal(t, 5+35+2+3, run.written())
}

// TestRowsInTheLedgerCostNoTime: a batch of 400 rows is repeated of which an attempt that
// was lost has written 300. Those took three seconds more at the rate of 100, in which the
// site was left alone.
func TestRowsInTheLedgerCostNoTime(t *testing.T) {
	table := memorytable.New(400)
	done, _ := migrateAtRate(t, table, 0, database.Range{Sequence: 1, UpTo: database.Key{"300"}, Customers: 300})
	require.Equal(t, Counts{Migrated: 300}, done)
	again, took := migrateAtRate(t, table, 100, database.Range{Sequence: 1, UpTo: database.Key{"400"}, Customers: 400, Worked: true})
	require.Equal(t, Counts{Migrated: 400, Recalled: 300}, again)
	require.Greater(t, took, 900*time.Millisecond, "the hundred that are written have their second")
	require.Less(t, took, 3*time.Second)
}

// migrateAtRate migrates a range, and returns its counts and how long that took.
func migrateAtRate(t *testing.T, table *memorytable.Table, rate float64, part database.Range) (Counts, time.Duration) {
	t.Helper()
	copies := migration.Migration{Name: "copies", Version: "1", Reads: []string{memorytable.ColumnOld}, Writes: []string{memorytable.ColumnNew},
		Change: func(_ context.Context, row database.Row) (change database.Change, _ error) {
			change.Set(memorytable.ColumnNew, row.Text(memorytable.ColumnOld))
			return change, nil
		}}
	migrator := NewCustomerMigrator(&Connection{Options: database.Options{LockTime: time.Second, Processes: 1}}, copies, nil, nil)
	batch := Batch{Rate: rate, BatchTime: time.Minute, Ranges: []database.Range{part}}
	environment := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	environment.RegisterActivityWithOptions(func(ctx context.Context) (BatchResult, error) {
		return newBatchRun(ctx, migrator.tools, table, batch).run(ctx)
	}, activity.RegisterOptions{Name: "migrate"})
	began := time.Now()
	value, err := environment.ExecuteActivity("migrate")
	took := time.Since(began)
	require.NoError(t, err)
	var result BatchResult
	require.NoError(t, value.Get(&result))
	require.Len(t, result.Ranges, 1)
	return result.Ranges[0].Counts, took
}
