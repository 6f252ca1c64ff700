package integration_test

import (
	"fmt"
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

// TestTemporalListsRunsByTheirState: the worker lets the namespace know the search
// attributes, and a list by them finds a run in the state that it is in.
func TestTemporalListsRunsByTheirState(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(9000)
	s.startWorker()
	connected := s.client()
	found := func(query string) func() bool {
		return func() bool {
			list, err := connected.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
			return err == nil && len(list.GetExecutions()) == 1 // an error: not known yet
		}
	}
	about := fmt.Sprintf("MigrationName = '%s' AND MigrationTable = 'customers' AND MigrationEnvironment = 'localhost'", "customer-contact")
	s.until("the namespace knows them", func() bool {
		_, err := connected.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: about})
		return err == nil
	})
	starter := s.startStarter("customer-migration/rate=300", "customer-migration/batch-time=500ms") // the percent is told as batches end
	s.until("it is listed as running, and counts", found(about+" AND MigrationState = 'running' AND MigrationPercent > 0"))
	s.tell(0, "pause")
	s.until("it is listed as paused", found(about+" AND MigrationState = 'paused'"))
	s.tell(0, "rate", "0")
	s.tell(0, "resume")
	require.Zero(t, starter.wait(t), starter.text())
	s.until("it is listed as completed", found(about+" AND MigrationState = 'completed' AND MigrationPercent = 100"))
}
