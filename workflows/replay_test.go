package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"db-migrate/workflows"
)

// TestRecordedHistoriesReplay holds the workflow against histories of real runs
// (recorded by internal/integration): a change of the code that would break a
// migration under way fails here, and belongs behind workflow.GetVersion.
func TestRecordedHistoriesReplay(t *testing.T) {
	histories, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories)
	for _, history := range histories {
		t.Run(filepath.Base(history), func(t *testing.T) {
			replayer := worker.NewWorkflowReplayer()
			overseer := &workflows.MigrationOverseer{}
			replayer.RegisterWorkflowWithOptions(overseer.OverseeMigration, workflow.RegisterOptions{Name: workflows.WorkflowName})
			quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quiet, history))
		})
	}
}
