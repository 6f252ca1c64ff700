package cli

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/temporal"

	"db-migrate/workflows"
)

// TestHowARunHasEnded: Temporal alone tells it, with the overseer's summary if there
// is one.
func TestHowARunHasEnded(t *testing.T) {
	failed := temporal.NewApplicationErrorWithOptions("run 7 has ended", "RunOver", temporal.ApplicationErrorOptions{
		NonRetryable: true, Cause: errors.New("cause"), Details: []any{workflows.Summary{Phase: workflows.PhaseFailed, Totals: workflows.Totals{Migrated: 5}}}})
	failure := temporal.GetDefaultFailureConverter().ErrorToFailure(failed)
	for _, test := range []struct {
		last          *history.HistoryEvent
		phase, reason string
		migrated      int64
	}{
		{&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, Attributes: &history.HistoryEvent_WorkflowExecutionFailedEventAttributes{
			WorkflowExecutionFailedEventAttributes: &history.WorkflowExecutionFailedEventAttributes{Failure: failure}}}, "failed", "run 7 has ended", 5},
		{&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, Attributes: &history.HistoryEvent_WorkflowExecutionTerminatedEventAttributes{
			WorkflowExecutionTerminatedEventAttributes: &history.WorkflowExecutionTerminatedEventAttributes{Identity: "ann@desk"}}}, "terminated", "no reason was given, by ann@desk", 0},
		{&history.HistoryEvent{EventType: enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT}, "timed out", "it took longer than the timeout that was set for its workflow in Temporal", 0},
	} {
		end, err := closureOf(test.last)
		require.NoError(t, err)
		require.Equal(t, test.phase, end.phase)
		require.Equal(t, test.reason, end.reason)
		if test.migrated > 0 {
			require.NotNil(t, end.summary)
			require.Equal(t, test.migrated, end.summary.Migrated)
		} else {
			require.Nil(t, end.summary)
		}
	}
}
