package stage

import (
	"context"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// History is what all workflows of this stage have written into Temporal.
type History struct{ Events, Bytes int64 }

// History adds up all runs of all workflows, once none of them is running.
func (s *Stage) History(ctx context.Context) (History, error) {
	for {
		found, running, err := s.history(ctx)
		if err != nil || !running {
			return found, err
		}
		time.Sleep(200 * time.Millisecond) // the list of workflows lags behind
	}
}

func (s *Stage) history(ctx context.Context) (found History, running bool, err error) {
	var page []byte
	for {
		listed, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: page})
		if err != nil {
			return found, false, err
		}
		for _, execution := range listed.GetExecutions() {
			id := execution.GetExecution()
			described, err := s.Temporal.DescribeWorkflowExecution(ctx, id.GetWorkflowId(), id.GetRunId())
			if err != nil {
				return found, false, err
			}
			info := described.GetWorkflowExecutionInfo()
			found.Events += info.GetHistoryLength()
			found.Bytes += info.GetHistorySizeBytes()
			running = running || execution.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
		}
		if page = listed.GetNextPageToken(); len(page) == 0 {
			return found, running, nil
		}
	}
}
