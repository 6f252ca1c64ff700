package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/workflows"
)

// after calls do once a batch has been migrated.
func (t *trial) after(do func(batches int)) {
	batches := 0
	t.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
			if info.ActivityType.Name == "MigrateCustomers" {
				batches++
				do(batches)
			}
		})
	}
}

// ofOneBatch has the whole table in a batch, so that a pass is one.
func ofOneBatch(t *testing.T, customers, sweeps int) *trial {
	trial := closing(t, customers, activities.ClosingFull)
	trial.settings.Limits.Processes, trial.settings.Limits.BatchSize, trial.settings.Limits.Sweeps = 1, 1000, sweeps
	return trial
}

// TestALaterSweepCountsNoRowTwice: neither those that it sees again, nor those that the
// first pass skipped and that need it now, nor those that failed.
func TestALaterSweepCountsNoRowTwice(t *testing.T) {
	trial := ofOneBatch(t, 100, 2)
	trial.refuse = func(row database.Row) error {
		if row.Key.Text() == "7" {
			return errors.New("no")
		}
		return nil
	}
	trial.table.Site(func(set func(int, any, any), _ func(int)) {
		for id := 10; id < 20; id++ {
			set(id, "before", "before")
		}
	})
	trial.after(func(batches int) {
		if batches == 1 {
			trial.table.Site(func(set func(int, any, any), _ func(int)) {
				set(10, "now", nil)
				set(-1, "late", nil)
			})
		}
	})
	summary, _ := trial.run()
	require.Equal(t, workflows.Totals{Scanned: 101, Migrated: 91, Skipped: 9, Failed: 1}, summary.Totals)
}

// TestRowsNeededAgainAreCountedOnceInAllSweeps: the second run finds rows that the site
// has changed back.
func TestRowsNeededAgainAreCountedOnceInAllSweeps(t *testing.T) {
	trial := ofOneBatch(t, 100, 2)
	trial.run()
	trial.table.Site(func(set func(int, any, any), _ func(int)) {
		for id := 1; id <= 30; id++ {
			set(id, "reset", nil)
		}
		set(-1, "new", nil)
	})
	summary, _ := trial.run()
	require.Equal(t, workflows.Totals{Scanned: 101, Migrated: 1, Skipped: 70, NeededAgain: 30}, summary.Totals)
}

// TestThePagingStateWaitsForRowsNeededAgain: a run that is cancelled behind them is
// continued before them, so that none of them is forgotten.
func TestThePagingStateWaitsForRowsNeededAgain(t *testing.T) {
	trial := closing(t, 100, activities.ClosingFull)
	trial.settings.Limits.Processes, trial.settings.Limits.BatchSize = 1, 10
	trial.run()
	trial.table.Site(func(set func(int, any, any), _ func(int)) {
		for _, id := range []int{25, 26, 71} {
			set(id, "reset", nil)
		}
	})
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		batches := 0
		environment.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
			if info.ActivityType.Name == "MigrateCustomers" {
				if batches++; batches == 5 {
					environment.CancelWorkflow()
				}
			}
		})
	}
	connection := &activities.Connection{Driver: trial.table, Migration: trial.migration()}
	require.NoError(t, connection.Open(t.Context()))
	_, _, err := trial.runOnce(connection, 1, workflows.Input{Settings: trial.settings})
	require.Error(t, err)
	require.Equal(t, database.Key{"20"}, trial.table.State().Position)
	trial.prepare = nil
	summary, _ := trial.run()
	require.Equal(t, workflows.Totals{Scanned: 80, Skipped: 77, NeededAgain: 3}, summary.Totals)
}

// TestLettersOfRowsThatNeedNothingAreForgotten: the site has mended one row and deleted
// another; a third one fails anew. That does not depend on customer-migration/closing.
func TestLettersOfRowsThatNeedNothingAreForgotten(t *testing.T) {
	for _, mode := range []string{activities.ClosingFull, activities.ClosingOff} {
		trial := closing(t, 100, mode)
		bad := map[string]bool{"7": true, "50": true, "99": true}
		trial.refuse = func(row database.Row) error {
			if bad[row.Key.Text()] {
				return errors.New("no")
			}
			return nil
		}
		summary, _ := trial.run()
		require.EqualValues(t, 3, summary.Failed)
		trial.table.Site(func(set func(int, any, any), remove func(int)) {
			set(7, "mended", "mended")
			remove(50)
		})
		summary, _ = trial.run()
		require.Equal(t, workflows.Totals{Scanned: 99, Skipped: 98, Failed: 1}, summary.Totals)
		require.Len(t, trial.table.Letters(), 1)
		require.Equal(t, database.Key{"99"}, trial.table.Letters()[0].Key)
	}
}

// TestTheRateIsThatOfRowsWritten: rows that need nothing take no time of it.
func TestTheRateIsThatOfRowsWritten(t *testing.T) {
	trial := closing(t, 5000, activities.ClosingFull)
	trial.settings.Limits.Processes, trial.settings.Limits.Rate = 1, 10
	trial.table.Site(func(set func(int, any, any), _ func(int)) {
		for id := 1; id <= 4950; id++ {
			set(id, "before", "before")
		}
	})
	summary, _ := trial.run()
	require.EqualValues(t, 50, summary.Migrated)
	require.Less(t, summary.ElapsedSeconds, 60.0, "on the test's clock; 5,000 rows would take 500 s")
}
