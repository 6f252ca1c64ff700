package workflows_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/database"
)

// requireChanged: just the customers from one to another were changed.
func (t *trial) requireChanged(from, to int) {
	t.Helper()
	for id := from; id <= to; id++ {
		require.Equal(t, 1, t.table.Changes[id], "customer %d", id)
	}
	require.Len(t, t.table.Changes, to-from+1)
}

func TestOnlyThePartsCustomersAreMigrated(t *testing.T) {
	for _, test := range []struct {
		from, to    string
		first, last int
	}{{"101", "700", 101, 700}, {"", "700", 1, 700}, {"4001", "", 4001, 5000}, {"5", "5", 5, 5}, {"-3", "9999", 1, 5000}} {
		for _, size := range []int{0, 1, 7} {
			trial := newTrial(t, 5000)
			trial.settings.Limits.BatchSize = size
			trial.settings.From, trial.settings.To = test.from, test.to
			summary, _ := trial.run()
			trial.requireWhole(summary, test.last-test.first+1)
			trial.requireChanged(test.first, test.last)
		}
	}
}

// TestAPartWithoutCustomers: what lies before, behind and around it is left alone, by the
// look at the end, too.
func TestAPartWithoutCustomers(t *testing.T) {
	for _, mode := range []string{activities.ClosingFull, activities.ClosingCount, activities.ClosingOff} {
		for _, part := range [][2]string{{"11", "20"}, {"-5", "-1"}, {"11", ""}, {"", "-1"}} {
			trial := closing(t, 10, mode)
			trial.settings.From, trial.settings.To = part[0], part[1]
			summary, _ := trial.run()
			trial.requireWhole(summary, 0)
			require.Zero(t, summary.Left)
			require.Empty(t, trial.table.Changes, "%s, from %q to %q", mode, part[0], part[1])
		}
	}
}

func TestAPartGoesOnOverContinueAsNew(t *testing.T) {
	trial := newTrial(t, 3000)
	trial.settings.Limits.BatchSize = 10
	trial.settings.Limits.Rate = 500 // a run of less than a second does not continue as new
	trial.settings.From, trial.settings.To = "250", "2749"
	trial.prepare = func(run int, environment *testsuite.TestWorkflowEnvironment) {
		if run < 4 {
			environment.RegisterDelayedCallback(func() { environment.SetContinueAsNewSuggested(true) }, 0)
		}
	}
	summary, runs := trial.run()
	require.Greater(t, runs, 1)
	trial.requireWhole(summary, 2500)
	trial.requireChanged(250, 2749)
}

// TestAPartLeavesThePagingStateAlone: that of a scan of the whole table, which was
// cancelled at customer 30, outlives a part, and the part does not begin there.
func TestAPartLeavesThePagingStateAlone(t *testing.T) {
	trial := newTrial(t, 100)
	state := database.PagingState{Sequence: 3, Position: database.Key{"30"}}
	require.NoError(t, trial.table.SavePagingState(t.Context(), database.Run{}, state))
	trial.settings.From, trial.settings.To = "10", "60"
	summary, _ := trial.run()
	trial.requireWhole(summary, 51)
	trial.requireChanged(10, 60)
	require.Equal(t, &state, trial.table.State())

	trial.settings.From, trial.settings.To = "", ""
	summary, _ = trial.run()
	require.EqualValues(t, 70, summary.Scanned, "the whole table goes on behind 30")
	require.EqualValues(t, 40, summary.Migrated)
	require.EqualValues(t, 30, summary.Skipped)
}

// TestSweepsStayWithinThePart: the site inserts a customer in the part, and one
// before it, while the first pass is on.
func TestSweepsStayWithinThePart(t *testing.T) {
	trial := newTrial(t, 100)
	trial.table.Site(func(_ func(int, any, any), remove func(int)) { remove(20); remove(30) })
	trial.settings.Limits.Sweeps = 5
	trial.settings.From, trial.settings.To = "25", "75"
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
			if info.ActivityType.Name == "MigrateCustomers" && trial.table.Ledgered() == 50 {
				trial.table.Site(func(set func(int, any, any), _ func(int)) { set(20, "before", nil); set(30, "within", nil) })
			}
		})
	}
	summary, _ := trial.run()
	require.EqualValues(t, 51, summary.Migrated)
	trial.requireChanged(25, 75)
}

// TestAConditionThatFewMatch: the scanner finds every hundredth customer, stops
// looking after each 250, and goes on behind them.
func TestAConditionThatFewMatch(t *testing.T) {
	for _, size := range []int{0, 1} {
		trial := newTrial(t, 5000)
		trial.settings.Limits.BatchSize = size
		trial.table.Matches = func(customer int) bool { return customer%100 == 0 && customer != 2300 }
		trial.table.LookedAt = 250
		summary, _ := trial.run()
		trial.requireWhole(summary, 49)
		for id := range trial.table.Changes {
			require.True(t, trial.table.Matches(id), "customer %d", id)
		}
	}
}

// TestAConditionLeavesThePagingStateAlone: the customers of another condition, or
// of none, lie before it too.
func TestAConditionLeavesThePagingStateAlone(t *testing.T) {
	trial := newTrial(t, 100)
	state := database.PagingState{Sequence: 3, Position: database.Key{"30"}}
	require.NoError(t, trial.table.SavePagingState(t.Context(), database.Run{}, state))
	trial.table.Matches = func(customer int) bool { return customer%2 == 0 }
	trial.where = "id % 2 = 0"
	summary, _ := trial.run()
	trial.requireWhole(summary, 50)
	require.Equal(t, &state, trial.table.State())
}

// TestARunUnderAConditionStaysOne: it has left customers out, and must not say
// that the table is done up to there once the condition is taken away.
func TestARunUnderAConditionStaysOne(t *testing.T) {
	for _, where := range []string{"", "id % 2 = 0"} {
		trial := newTrial(t, 300)
		trial.where = where
		asked := 0
		trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
			environment.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, arguments converter.EncodedValues) {
				if info.ActivityType.Name == "BeginRun" {
					return
				}
				var told struct{ Partial bool }
				require.NoError(t, arguments.Get(&told))
				require.Equal(t, where != "", told.Partial, info.ActivityType.Name)
				asked++
			})
		}
		trial.run()
		require.Greater(t, asked, 2)
	}
}
