package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/database"
	"db-migrate/workflows"
)

// rival is the database's word that another session was in the way.
func rival() error {
	return &database.Error{Class: database.Contention, Err: &database.RivalError{Err: errors.New("ERROR: odd (SQLSTATE 40001)")}}
}

// TestARowThatNobodyIsInTheWayOfIsADeadLetter: a trigger raised 40001 for one row, the run
// never ended, and nobody was told of the row.
func TestARowThatNobodyIsInTheWayOfIsADeadLetter(t *testing.T) {
	trial := newTrial(t, 60)
	trial.table.Fail = func(rows []int) error {
		if slices.Contains(rows, 33) {
			return rival()
		}
		return nil
	}
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.RegisterDelayedCallback(func() {
			status := statusOf(t, environment)
			require.EqualValues(t, 59, status.Totals.Migrated)
			require.Zero(t, status.Totals.Failed)
			require.Equal(t, "customer 33 was refused 4 times: ERROR: odd (SQLSTATE 40001) (no other session is known to be in its way; after 10 tries and a minute it counts as failed)", workflows.RefusedWords(status))
		}, 12*time.Second)
		environment.RegisterDelayedCallback(func() {
			require.Zero(t, statusOf(t, environment).Totals.Failed, "after less than a minute another session may be to blame")
		}, 50*time.Second)
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCompleted, summary.Phase)
	trial.requireWhole(summary, 60)
	require.Len(t, trial.table.Letters(), 1)
	letter := trial.table.Letters()[0]
	require.Equal(t, database.Key{"33"}, letter.Key)
	require.Contains(t, letter.Error, "40001")
	require.GreaterOrEqual(t, letter.Attempts, 10)
}

// TestARowThatIsRefusedForAWhileIsMigrated, and nobody is blamed.
func TestARowThatIsRefusedForAWhileIsMigrated(t *testing.T) {
	trial := newTrial(t, 60)
	refusals := 0
	trial.table.Fail = func(rows []int) error {
		if len(rows) == 1 && rows[0] == 33 {
			refusals++
		}
		if slices.Contains(rows, 33) && refusals < 8 {
			return rival()
		}
		return nil
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCompleted, summary.Phase)
	require.EqualValues(t, 60, summary.Migrated)
	trial.requireWhole(summary, 60)
}
