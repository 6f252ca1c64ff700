package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"db-migrate/workflows"
)

// TestAStateIsReadWithoutAWorker: a paused run was listed as running while no worker
// answered, and one that was terminated keeps the attribute that it had.
func TestAStateIsReadWithoutAWorker(t *testing.T) {
	said := func(state any) *commonpb.SearchAttributes {
		payload, err := converter.GetDefaultDataConverter().ToPayload(state)
		require.NoError(t, err)
		return &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"MigrationState": payload}}
	}
	for _, test := range []struct {
		status     enums.WorkflowExecutionStatus
		attributes *commonpb.SearchAttributes
		state      string
	}{
		{enums.WORKFLOW_EXECUTION_STATUS_RUNNING, said("paused"), workflows.PhasePaused},
		{enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil, workflows.PhaseRunning},
		{enums.WORKFLOW_EXECUTION_STATUS_RUNNING, said(7), workflows.PhaseRunning},
		{enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, said("running"), workflows.PhaseTerminated},
		{enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, said("completed"), workflows.PhaseCompleted},
	} {
		info := &workflowpb.WorkflowExecutionInfo{Status: test.status, SearchAttributes: test.attributes}
		require.Equal(t, test.state, stateIn(info))
	}
}

// TestACompletedRunSaysWhatIsNotDone in the list, where its state alone would look well.
func TestACompletedRunSaysWhatIsNotDone(t *testing.T) {
	for _, test := range []struct {
		now  progress
		says string
	}{
		{progress{phase: workflows.PhaseCompleted, totals: &workflows.Totals{Migrated: 5}}, ""},
		{progress{phase: workflows.PhaseCompleted, totals: &workflows.Totals{Failed: 3, NeededAgain: 1200}, left: 4}, ", 4 left, 1,200 needed again, 3 failed"},
		{progress{phase: workflows.PhaseRunning, totals: &workflows.Totals{Failed: 3}}, ""},
		{progress{phase: workflows.PhaseCompleted}, ""},
	} {
		require.Equal(t, test.says, test.now.remains())
	}
}
