package cli

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"db-migrate/workflows"
)

// emptyTemporal is one whose task queues nobody polls, or that does not say so.
type emptyTemporal struct {
	client.Client
	err error
}

func (t emptyTemporal) DescribeTaskQueue(context.Context, string, enums.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	return &workflowservice.DescribeTaskQueueResponse{}, t.err
}

func (emptyTemporal) GetWorkflowHistory(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
	return noEvents{}
}

// TestNoWorkerIsFound says why: there is none, Temporal does not tell, or somebody has
// ended the waiting.
func TestNoWorkerIsFound(t *testing.T) {
	interrupted, interrupt := context.WithCancel(context.Background())
	interrupt()
	for _, test := range []struct {
		name string
		ctx  context.Context
		err  error
		code int
		says string
	}{
		{"none", context.Background(), nil, exitUnreachable, "no worker polls task queue db-migrate/localhost/low/customers; nothing was started"},
		{"Temporal refuses", context.Background(), errors.New("header key contains non-printable characters"), exitUnreachable,
			"temporal does not say whether a worker polls task queue db-migrate/localhost/low/customers: header key contains non-printable characters\nnothing was started"},
		{"Ctrl-C", interrupted, context.Canceled, exitInterrupted, "interrupted while a worker was waited for; nothing was started"},
	} {
		t.Run(test.name, func(t *testing.T) {
			given := &flags{environment: "localhost", subject: workflows.Subject{Environment: "localhost", Migration: "low", Table: "customers"}}
			temporal := &connection{Client: emptyTemporal{err: test.err}}
			_, found := given.findTable(test.ctx, temporal, 0)
			for _, err := range []error{given.waitForWorker(test.ctx, temporal, 0), found} {
				require.ErrorContains(t, err, test.says)
				require.Equal(t, test.code, report(err, &bytes.Buffer{}))
			}
		})
	}
}
