package integration_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
)

// TestLookUpsLeaveNothingInTheList: an operator who looks for runs in Temporal's Web UI
// finds those, and what has changed something, but no question that was answered.
func TestLookUpsLeaveNothingInTheList(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t, "--dynamic-config-value", `history.transferProcessorUpdateAckInterval="1s"`, "--dynamic-config-value", `history.visibilityProcessorUpdateAckInterval="1s"`) // minutes, else
	s.generate(200)
	s.startWorker()
	starter := s.startStarter()
	require.Zero(t, starter.wait(t), starter.text())
	s.tell(0, "--check")
	s.tell(0, "failures")
	s.tell(0, "row", "5")
	s.tell(0, "ledger", "drop", "--yes")
	connected := s.client()
	var listed []string
	s.until("the look-ups are gone", func() bool {
		list, err := connected.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
		require.NoError(t, err)
		listed = nil
		for _, execution := range list.GetExecutions() {
			listed = append(listed, execution.GetType().GetName()+" "+execution.GetExecution().GetWorkflowId())
		}
		return len(listed) == 2
	})
	all := strings.Join(listed, "\n")
	require.Contains(t, all, "OverseeMigration ")
	require.Contains(t, all, "AskWorker ")
	require.Contains(t, all, "DropLedger")
}
