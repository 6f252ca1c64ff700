package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
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
