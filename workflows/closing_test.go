package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/workflows"
)

// closing is a run that asks the table at its end.
func closing(t *testing.T, customers int, mode string) *trial {
	trial := newTrial(t, customers)
	trial.settings.Limits.Closing = mode
	return trial
}

func TestTheClosingBalanceFindsNothing(t *testing.T) {
	for _, mode := range []string{activities.ClosingFull, activities.ClosingCount, activities.ClosingOff} {
		trial := closing(t, 500, mode)
		summary, _ := trial.run()
		trial.requireWhole(summary, 500)
		require.Zero(t, summary.Left)
		require.Zero(t, summary.Again)
	}
}

func TestRowsThatTheDatabaseTookBackAreMigratedAfterAll(t *testing.T) {
	for _, lost := range []int{1, 7, 1000} {
		t.Run(fmt.Sprint(lost), func(t *testing.T) {
			trial := closing(t, 1500, activities.ClosingFull)
			trial.table.BeforeBalance = func() { trial.table.TakeBack(lost, true) }
			summary, _ := trial.run()
			require.Equal(t, workflows.PhaseCompleted, summary.Phase)
			trial.requireWhole(summary, 1500)
			require.EqualValues(t, lost, summary.Again)
			require.Zero(t, summary.Left)
		})
	}
}

func TestRowsThatTheSiteChangedBackAreTold(t *testing.T) {
	trial := closing(t, 300, activities.ClosingFull)
	trial.table.BeforeBalance = func() { trial.table.TakeBack(12, false) }
	summary, _ := trial.run()
	require.EqualValues(t, 12, summary.Left)
	require.Len(t, summary.LeftKeys, 10)
	require.Contains(t, summary.LeftCause, "the site has changed them back")
	require.Equal(t, workflows.LeftUndone, summary.LeftKind)
	require.EqualValues(t, 300, summary.Migrated)
}

// TestRowsOfARunBeforeThatNeedItAgainAreTold: a run that goes on behind them does not see
// them, and the look at the table does.
func TestRowsOfARunBeforeThatNeedItAgainAreTold(t *testing.T) {
	trial := closing(t, 1000, activities.ClosingFull)
	trial.settings.Limits.BatchSize, trial.settings.Limits.Rate = 10, 100
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.RegisterDelayedCallback(func() { update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{}) }, 5*time.Second)
	}
	first, _ := trial.run()
	require.Equal(t, workflows.PhaseCancelled, first.Phase)
	trial.table.TakeBack(9, false)
	trial.prepare, trial.settings.Limits.Rate = nil, 0
	second, _ := trial.run()
	require.Equal(t, workflows.PhaseCompleted, second.Phase)
	require.EqualValues(t, 9, second.NeededAgain)
	require.EqualValues(t, 1000, first.Migrated+second.Migrated)
	require.Equal(t, second.Scanned, second.Migrated+second.Skipped+second.NeededAgain)
}

// TestLostLedgerRowsOfRowsThatNeedNothing are counted as what they are now.
func TestLostLedgerRowsOfRowsThatNeedNothing(t *testing.T) {
	trial := closing(t, 300, activities.ClosingFull)
	trial.table.BeforeBalance = func() {
		trial.table.TakeBack(7, true)
		trial.table.Site(func(set func(id int, before, after any), _ func(int)) {
			for id := 1; id <= 5; id++ {
				set(id, "old", "the site's")
			}
		})
	}
	summary, _ := trial.run()
	require.Equal(t, []int64{300, 295, 5, 7, 2, 0}, []int64{summary.Scanned, summary.Migrated, summary.Skipped, summary.Lost, summary.Again, summary.Left})
}

func TestAllThatWasMigratedNeedsItStill(t *testing.T) {
	trial := closing(t, 30, activities.ClosingFull)
	trial.table.BeforeBalance = func() { trial.table.TakeBack(30, false) }
	summary, _ := trial.run()
	require.EqualValues(t, 30, summary.Left)
	require.Equal(t, workflows.LeftUnmet, summary.LeftKind)
	require.Contains(t, summary.LeftCause, "all 30 rows that this run has migrated still satisfy the check")
}

// TestRowsOfWhichNobodyCanTellAreNotMigratedTwice: without a check, a row whose ledger
// row is gone may be migrated, or not.
func TestRowsOfWhichNobodyCanTellAreNotMigratedTwice(t *testing.T) {
	for mode, keys := range map[string]int{activities.ClosingFull: 10, activities.ClosingCount: 0} {
		for _, lost := range []int{12, 300} {
			trial := closing(t, 300, mode)
			trial.unchecked, trial.table.Unjudged = true, true
			trial.table.BeforeBalance = func() { trial.table.Forget(lost) }
			summary, _ := trial.run()
			require.Equal(t, []int64{300, int64(300 - lost), int64(lost), 0}, []int64{summary.Scanned, summary.Migrated, summary.Left, summary.Again}, mode)
			require.Equal(t, workflows.LeftUnsure, summary.LeftKind)
			require.Contains(t, summary.LeftCause, "somebody has deleted rows of the ledger")
			require.Len(t, summary.LeftKeys, keys)
			for id, changes := range trial.table.Changes {
				require.Equal(t, 1, changes, id)
			}
		}
	}
}

// TestATableThatWasReplacedMeanwhileIsTold, and not that the site has changed rows back:
// those that the check finds, or where none is asked, all that the run had migrated.
func TestATableThatWasReplacedMeanwhileIsTold(t *testing.T) {
	for _, test := range []struct {
		mode              string
		unjudged          bool
		again, left, keys int
	}{
		{activities.ClosingFull, false, 30, 30, 10}, {activities.ClosingFull, false, 0, 0, 0}, {activities.ClosingFull, true, 0, 300, 0}, {activities.ClosingCount, false, 30, 300, 0},
	} {
		trial := closing(t, 300, test.mode)
		trial.table.Rewritten, trial.table.Unjudged = true, test.unjudged
		trial.table.BeforeBalance = func() { trial.table.TakeBack(test.again, false) }
		summary, _ := trial.run()
		require.EqualValues(t, test.left, summary.Left, "%+v", test)
		require.Len(t, summary.LeftKeys, test.keys)
		if test.left > 0 {
			require.Equal(t, workflows.LeftRewritten, summary.LeftKind)
			require.Contains(t, summary.LeftCause, "the table was emptied, rewritten as a whole or replaced")
		}
	}
}

// TestWhoMakesRowsNeedItAtTheEnd: a site that puts such rows in all the while is told of,
// and no alarm; where no more of them come while the run stands still, the run makes them.
func TestWhoMakesRowsNeedItAtTheEnd(t *testing.T) {
	for _, test := range []struct {
		name       string
		site       bool
		left, late int64
	}{{"the site", true, 0, 2}, {"the run", false, 1, 1}} {
		t.Run(test.name, func(t *testing.T) {
			trial := closing(t, 50, activities.ClosingFull)
			id, changed := 50, -1
			trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
				environment.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
					asked := info.ActivityType.Name
					if now := trial.table.Ledgered(); (asked == "ListLeft" || asked == "CountLeft") && (test.site || now != changed) {
						id, changed = id+1, now
						trial.table.Site(func(set func(int, any, any), _ func(int)) { set(id, "late", nil) })
					}
				})
			}
			summary, _ := trial.run()
			require.Equal(t, workflows.PhaseCompleted, summary.Phase)
			require.Equal(t, []int64{test.left, test.late}, []int64{summary.Left, summary.Late})
			require.Greater(t, summary.Again, int64(100), "they are followed")
		})
	}
}

func TestACountTellsWhatIsMissing(t *testing.T) {
	trial := closing(t, 300, activities.ClosingCount)
	trial.table.BeforeBalance = func() { trial.table.TakeBack(7, true) }
	summary, _ := trial.run()
	require.EqualValues(t, 7, summary.Left)
	require.EqualValues(t, 293, summary.Migrated)
	require.Contains(t, summary.LeftCause, "the database has taken commits back that it had confirmed")
}

func TestOffBelievesWhatWasReported(t *testing.T) {
	trial := closing(t, 300, activities.ClosingOff)
	trial.table.BeforeBalance = func() { t.Error("the table was asked") }
	summary, _ := trial.run()
	require.EqualValues(t, 300, summary.Migrated)
}

// TestRowsThatAreFoundAreSharedByTheProcesses: none has all of them in hand.
func TestRowsThatAreFoundAreSharedByTheProcesses(t *testing.T) {
	trial := closing(t, 900, activities.ClosingFull)
	trial.settings.Limits.BatchSize = 20
	trial.table.BeforeBalance = func() { trial.table.TakeBack(800, true) }
	var named []int
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, arguments converter.EncodedValues) {
			var batch activities.Batch
			if info.ActivityType.Name != "MigrateCustomers" || arguments.Get(&batch) != nil {
				return
			}
			for _, part := range batch.Ranges {
				if len(part.Keys) > 0 {
					named = append(named, len(part.Keys))
				}
			}
		})
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 900)
	require.EqualValues(t, 800, summary.Again)
	require.Equal(t, []int{200, 200, 200, 200}, named)
}
