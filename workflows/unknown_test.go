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

// unlisted is an error of the database of which no list knows whose it is.
func unlisted() error {
	return &database.Error{Class: database.Broken, Err: errors.New("ERROR: not like this (SQLSTATE UE001)")}
}

// TestARowsErrorThatNoListKnowsIsFound: the batch was repeated for ever, and nobody was
// named.
func TestARowsErrorThatNoListKnowsIsFound(t *testing.T) {
	trial := newTrial(t, 100)
	trial.table.Fail = func(rows []int) error {
		if slices.Contains(rows, 17) {
			return unlisted()
		}
		return nil
	}
	summary, _ := trial.run()
	require.Equal(t, workflows.PhaseCompleted, summary.Phase)
	require.EqualValues(t, 1, summary.Failed)
	trial.requireWhole(summary, 100)
	require.Equal(t, database.Key{"17"}, trial.table.Letters()[0].Key)
	require.Contains(t, trial.table.Letters()[0].Error, "UE001")
}

// TestAnErrorThatStrikesEveryRowPausesTheRun, says why, and blames no row.
func TestAnErrorThatStrikesEveryRowPausesTheRun(t *testing.T) {
	trial := newTrial(t, 100)
	broken := true
	trial.table.Fail = func([]int) error {
		if broken {
			return unlisted()
		}
		return nil
	}
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.RegisterDelayedCallback(func() {
			status := statusOf(t, environment)
			require.Equal(t, workflows.PhasePaused, status.Phase)
			require.Contains(t, status.PauseReason, "UE001")
			require.Zero(t, status.Troubled)
			broken = false
			update(t, environment, workflows.UpdateResume, workflows.ResumeRequest{})
		}, 5*time.Minute)
	}
	summary, _ := trial.run()
	require.Zero(t, summary.Failed)
	trial.requireWhole(summary, 100)
}
