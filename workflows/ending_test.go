package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/workflows"
)

// fails runs the workflow, which must fail, and returns the summary in its error.
func (t *trial) fails() (workflows.Summary, *temporal.ApplicationError) {
	t.Helper()
	connection := &activities.Connection{Driver: t.table, Migration: t.migration()}
	require.NoError(t, connection.Open(t.Context()))
	fingerprint, err := connection.Fingerprint()
	require.NoError(t, err)
	t.settings.Expected = fingerprint
	_, next, err := t.runOnce(connection, 1, workflows.Input{Settings: t.settings})
	require.Nil(t, next)
	var failed *temporal.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.NonRetryable())
	var summary workflows.Summary
	require.NoError(t, failed.Details(&summary))
	require.Equal(t, workflows.PhaseFailed, summary.Phase)
	require.Equal(t, summary.Reason, failed.Message())
	return summary, failed
}

// always makes an activity fail in every attempt.
func always(environment *testsuite.TestWorkflowEnvironment, name string, err error) {
	answers := map[string]any{"BeginRun": activities.Begun{}, "ScanPage": activities.Page{}, "MigrateCustomers": activities.BatchResult{},
		"MigrateCustomer": "", "BuryCustomer": "", "FindBound": database.Bound{}, "ListDeadLetters": activities.FailedRows{}, "CountLeft": activities.Counted{}, "EndRun": activities.Ended{}}
	expected := environment.OnActivity(name, mock.Anything, mock.Anything)
	if answer, found := answers[name]; found {
		expected.Return(answer, err)
		return
	}
	expected.Return(err)
}

var errSQL = temporal.NewApplicationError("the UPDATE changed a row that its parameters do not name", activities.TypeDatabase)

// cancelling cancels a run whose batches always fail, and returns the summary.
func cancelling(t *testing.T, request workflows.CancelRequest, more func(*testsuite.TestWorkflowEnvironment)) (workflows.Summary, *trial) {
	trial := newTrial(t, 200)
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		always(environment, "MigrateCustomers", errSQL)
		environment.RegisterDelayedCallback(func() { update(t, environment, workflows.UpdateCancel, request) }, 10*time.Second)
		if more != nil {
			more(environment)
		}
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCancelled, summary.Phase)
	return summary, trial
}

// TestACancelEndsARunWhoseBatchesAlwaysFail: it drains for drainTime, 25 s here, and
// at once if it is told so. Times are those of Temporal's test clock.
func TestACancelEndsARunWhoseBatchesAlwaysFail(t *testing.T) {
	for _, test := range []struct {
		name    string
		request workflows.CancelRequest
		seconds float64
	}{
		{"drained", workflows.CancelRequest{}, 10 + 25},
		{"at once", workflows.CancelRequest{Now: true}, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			summary, trial := cancelling(t, test.request, nil)
			require.InDelta(t, test.seconds, summary.ElapsedSeconds, 2)
			require.Empty(t, summary.Unnoted)
			require.Equal(t, []string{"cancelled"}, trial.table.Endings)
		})
	}
}

func TestAnEndingRunIsEndedAtOnceByASecondCancel(t *testing.T) {
	summary, trial := cancelling(t, workflows.CancelRequest{Reason: "the SQL is wrong"}, func(environment *testsuite.TestWorkflowEnvironment) {
		environment.RegisterDelayedCallback(func() {
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{Now: true})
			status := statusOf(t, environment)
			require.Equal(t, "the SQL is wrong", status.CancelReason)
		}, 15*time.Second)
	})
	require.InDelta(t, 15, summary.ElapsedSeconds, 2)
	require.Equal(t, "the SQL is wrong", summary.CancelReason)
	require.Equal(t, []string{"cancelled"}, trial.table.Endings)
}

// TestAnEndThatCannotBeNotedIsTold: the run ends all the same, and says so.
func TestAnEndThatCannotBeNotedIsTold(t *testing.T) {
	full := temporal.NewApplicationError("the disk is full", activities.TypeDatabase)
	summary, trial := cancelling(t, workflows.CancelRequest{Now: true}, func(environment *testsuite.TestWorkflowEnvironment) {
		always(environment, "EndRun", full)
	})
	require.Equal(t, "the disk is full", summary.Unnoted)
	require.Empty(t, trial.table.Endings)
}

// TestACompleteRunWhoseEndCannotBeNotedIsEndedByACancel: it would wait without end.
func TestACompleteRunWhoseEndCannotBeNotedIsEndedByACancel(t *testing.T) {
	trial := newTrial(t, 200)
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		always(environment, "EndRun", temporal.NewApplicationError("the disk is full", activities.TypeDatabase))
		environment.RegisterDelayedCallback(func() {
			require.Equal(t, workflows.PhaseRunning, statusOf(t, environment).Phase)
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{})
		}, 20*time.Second)
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCancelled, summary.Phase)
	require.Equal(t, "the disk is full", summary.Unnoted)
	require.EqualValues(t, 200, summary.Migrated)
}

func TestARunIsCancelledBeforeItHasBegun(t *testing.T) {
	trial := newTrial(t, 200)
	var environments []*testsuite.TestWorkflowEnvironment
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environments = append(environments, environment)
		always(environment, "BeginRun", errSQL)
		environment.RegisterDelayedCallback(func() {
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{})
		}, 10*time.Second)
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCancelled, summary.Phase)
	require.Equal(t, workflows.PhaseCancelled, statusOf(t, environments[0]).Phase)
	require.Empty(t, trial.table.Endings)
}

// TestAnErrorThatIsForGoodFailsTheRun: handed out again, it would come back without
// end. Where the books say that the run is over, nothing is noted in them.
func TestAnErrorThatIsForGoodFailsTheRun(t *testing.T) {
	over := temporal.NewNonRetryableApplicationError("run 7 has ended", activities.TypeRunOver, nil)
	broken := temporal.NewNonRetryableApplicationError("there is no such column", activities.TypeRefused, nil)
	for _, name := range []string{"BeginRun", "ScanPage", "MigrateCustomers", "MigrateCustomer", "BuryCustomer", "FindBound", "ListDeadLetters", "CountLeft", "EndRun"} {
		for kind, failure := range map[string]error{activities.TypeRunOver: over, activities.TypeRefused: broken} {
			t.Run(fmt.Sprintf("%s, %s", name, kind), func(t *testing.T) { failsFor(t, name, kind, failure) })
		}
	}
}

// allActivities is a run that comes to each of them: one row fails, and one has before.
func allActivities(t *testing.T) *trial {
	trial := newTrial(t, 200)
	trial.settings.Limits.Sweeps, trial.settings.Limits.BatchSize, trial.settings.Limits.Closing = 2, 10, activities.ClosingFull
	trial.refuse = func(row database.Row) error {
		if row.Key.String() == "77" {
			return errors.New("he cannot be migrated")
		}
		return nil
	}
	trial.buryBefore()
	return trial
}

func failsFor(t *testing.T, name, kind string, failure error) {
	trial := allActivities(t)
	var environments []*testsuite.TestWorkflowEnvironment
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environments = append(environments, environment)
		always(environment, name, failure)
	}
	summary, failed := trial.fails()
	require.Equal(t, kind, failed.Type())
	var application *temporal.ApplicationError
	require.ErrorAs(t, failure, &application)
	require.Equal(t, application.Message(), summary.Reason)
	status := statusOf(t, environments[0])
	require.Equal(t, workflows.PhaseFailed, status.Phase)
	require.Equal(t, summary.Reason, status.Reason)
	if noted := kind != activities.TypeRunOver && name != "BeginRun" && name != "EndRun"; noted {
		require.Equal(t, []string{"failed"}, trial.table.Endings)
	} else {
		require.Empty(t, trial.table.Endings)
	}
}

// TestWhatFailsWithoutEndPausesTheRun: somebody has to mend its cause, and learns of it.
// The run can be ended there.
func TestWhatFailsWithoutEndPausesTheRun(t *testing.T) {
	for _, name := range []string{"ScanPage", "BuryCustomer", "FindBound", "ListDeadLetters", "CountLeft"} {
		t.Run(name, func(t *testing.T) { pausesFor(t, name) })
	}
}

func pausesFor(t *testing.T, name string) {
	trial := allActivities(t)
	var paused workflows.Status
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		always(environment, name, temporal.NewNonRetryableApplicationError("integer out of range", activities.TypeHopeless, nil))
		environment.RegisterDelayedCallback(func() {
			paused = statusOf(t, environment)
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{})
		}, time.Hour)
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhasePaused, paused.Phase)
	require.Contains(t, paused.PauseReason, "it fails again and again, and no row is to blame: integer out of range; mend the cause, then resume")
	require.Equal(t, workflows.PhaseCancelled, summary.Phase)
}

// buryBefore leaves a dead letter of a run before.
func (t *trial) buryBefore() {
	t.Helper()
	before, err := t.table.Begin(t.Context(), database.RunRequest{ID: "a run before"})
	require.NoError(t, err)
	buried, err := t.table.Bury(t.Context(), before.Run, database.DeadLetter{Key: database.Key{"3"}, Error: "bad", Attempts: 3})
	require.NoError(t, err)
	require.True(t, buried)
	require.NoError(t, t.table.SavePagingState(t.Context(), before.Run, database.PagingState{Sequence: 1, Position: database.Key{"5"}}))
}

// TestAnEarlyEndIsCountedByTheLedger: sets that were called back halfway have committed
// rows that nobody has reported.
func TestAnEarlyEndIsCountedByTheLedger(t *testing.T) {
	trial := newTrial(t, 2000)
	trial.settings.Limits.BatchSize, trial.settings.Limits.Rate = 10, 100
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.OnActivity("EndRun", mock.Anything, mock.Anything).Return(func(_ context.Context, end activities.End) (activities.Ended, error) {
			require.True(t, end.Recount)
			return activities.Ended{Counted: true, Migrated: 1234}, nil
		})
		environment.RegisterDelayedCallback(func() {
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{})
		}, 5*time.Second)
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCancelled, summary.Phase)
	require.EqualValues(t, 1234, summary.Migrated)
}

// TestRunOverEndsACancelledRunAsFailed: what the books say comes before what the
// run was told.
func TestRunOverEndsACancelledRunAsFailed(t *testing.T) {
	trial := newTrial(t, 2000)
	trial.settings.Limits.BatchSize, trial.settings.Limits.Rate = 10, 100
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		always(environment, "EndRun", temporal.NewNonRetryableApplicationError("run 7 has ended", activities.TypeRunOver, nil))
		environment.RegisterDelayedCallback(func() {
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{})
		}, 5*time.Second)
	}
	summary, _ := trial.fails()
	require.Equal(t, "run 7 has ended", summary.Reason)
}
