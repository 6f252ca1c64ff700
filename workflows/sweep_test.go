package workflows_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/database"
)

// TestSweepsFindWhoCameBehindTheScan: the site inserts customers while the first
// pass and the second are on; the third finds nobody and is the last.
func TestSweepsFindWhoCameBehindTheScan(t *testing.T) {
	for _, test := range []struct {
		sweeps         int
		migrated, asks int
	}{{0, 100, 0}, {1, 101, 1}, {2, 102, 2}, {9, 102, 3}} {
		trial := newTrial(t, 100)
		trial.settings.Limits.Sweeps = test.sweeps
		inserted, asked := 0, 0
		trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
			environment.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
				if info.ActivityType.Name == "FindBound" {
					asked++
				}
				if info.ActivityType.Name == "MigrateCustomers" && inserted < 2 && trial.table.Ledgered() == 100+inserted {
					inserted++
					trial.table.Site(func(set func(int, any, any), _ func(int)) { set(-inserted, "late", nil) })
				}
			})
		}
		summary, _ := trial.run()
		require.EqualValues(t, test.migrated, summary.Migrated, "%d sweeps", test.sweeps)
		require.Equal(t, test.asks, asked, "%d sweeps", test.sweeps)
	}
}

// TestOnlyTheFirstPassOfTheFirstRunIsFresh: rows of any other may be in the ledger.
func TestOnlyTheFirstPassOfTheFirstRunIsFresh(t *testing.T) {
	first := newTrial(t, 100)
	first.settings.Limits.Sweeps = 1
	asked := first.freshBatches()
	sweep := slices.Index(asked, false)
	require.Positive(t, sweep, "the first pass, and then the sweep: %v", asked)
	require.NotContains(t, asked[sweep:], true)

	second := newTrial(t, 100)
	_, err := second.table.Begin(t.Context(), database.RunRequest{ID: "a run before"})
	require.NoError(t, err)
	asked = second.freshBatches()
	require.NotEmpty(t, asked)
	require.NotContains(t, asked, true)
}

// freshBatches runs the trial, and tells of each batch whether it was fresh.
func (t *trial) freshBatches() (asked []bool) {
	t.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, arguments converter.EncodedValues) {
			var batch activities.Batch
			if info.ActivityType.Name == "MigrateCustomers" && arguments.Get(&batch) == nil {
				asked = append(asked, batch.Ranges[0].Fresh)
			}
		})
	}
	t.run()
	return asked
}
