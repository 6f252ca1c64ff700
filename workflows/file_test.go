package workflows_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/database"
	"db-migrate/idfile"
)

// file makes the trial's customers those of a file.
func (t *trial) file(lines ...string) {
	t.folder = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(t.folder, "ids.txt"), []byte(strings.Join(lines, "\n")), 0o644))
	identity, err := (&idfile.Folder{Path: t.folder}).Inspect("ids.txt", 1, nil)
	require.NoError(t, err)
	t.settings.File = &identity
}

func numbers(from, to int) []string {
	var lines []string
	for i := from; i <= to; i++ {
		lines = append(lines, fmt.Sprint(i))
	}
	return lines
}

func TestOnlyTheFilesCustomersAreMigrated(t *testing.T) {
	for _, size := range []int{0, 1, 7} {
		trial := newTrial(t, 5000)
		trial.settings.Limits.BatchSize = size
		trial.file(numbers(101, 700)...)
		summary, _ := trial.run()
		trial.requireWhole(summary, 600)
		require.EqualValues(t, 600, summary.Migrated)
		require.Zero(t, trial.table.Changes[100]+trial.table.Changes[701])
	}
}

// TestIDsOfAFileThatAreNoOrdinaryOnes: repeated ones count once as migrated and
// then as skipped, unknown ones as vanished, however they are written.
func TestIDsOfAFileThatAreNoOrdinaryOnes(t *testing.T) {
	trial := newTrial(t, 10)
	trial.file("1", "2", "", "2", "007", "7", "11", "word", "99999999999999999999", "3")
	summary, _ := trial.run()
	require.EqualValues(t, 9, summary.Scanned)
	require.EqualValues(t, 4, summary.Migrated)
	require.EqualValues(t, 2, summary.Skipped)
	require.EqualValues(t, 3, summary.Vanished)
	require.EqualValues(t, 4, trial.table.Ledgered())
}

func TestAFileGoesOnOverContinueAsNew(t *testing.T) {
	trial := newTrial(t, 3000)
	trial.settings.Limits.BatchSize = 10
	trial.settings.Limits.Rate = 500 // a run of less than a second does not continue as new
	trial.file(numbers(1, 2500)...)
	trial.prepare = func(run int, environment *testsuite.TestWorkflowEnvironment) {
		if run < 4 {
			environment.RegisterDelayedCallback(func() { environment.SetContinueAsNewSuggested(true) }, 0)
		}
	}
	trial.refuse = func(row database.Row) error {
		if row.Key.String() == "1234" {
			return errors.New("refused")
		}
		return nil
	}
	summary, runs := trial.run()
	require.Greater(t, runs, 1)
	require.EqualValues(t, 2499, summary.Migrated)
	require.EqualValues(t, 1, summary.Failed)
	trial.requireWhole(summary, 2500)
}

// TestAFileLeavesThePagingStateAlone: it is that of the table's scan.
func TestAFileLeavesThePagingStateAlone(t *testing.T) {
	trial := newTrial(t, 100)
	trial.file(numbers(50, 60)...)
	trial.run()
	require.Nil(t, trial.table.State())
}

func TestADryRunOfAFile(t *testing.T) {
	trial := newTrial(t, 100)
	trial.settings.DryRun = true
	trial.file(numbers(1, 40)...)
	summary, _ := trial.run()
	require.EqualValues(t, 40, summary.Migrated)
	require.Zero(t, trial.table.Ledgered())
}
