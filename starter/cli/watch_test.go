package cli

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"db-migrate/config"
)

// deafTemporal answers nobody any more.
type deafTemporal struct{ client.Client }

func (deafTemporal) GetWorkflow(context.Context, string, string) client.WorkflowRun {
	return deafRun{}
}

func (deafTemporal) QueryWorkflow(ctx context.Context, _, _, _ string, _ ...any) (converter.EncodedValue, error) {
	return nil, context.Cause(ctx)
}

func (deafTemporal) DescribeWorkflowExecution(ctx context.Context, _, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return nil, context.Cause(ctx)
}

type deafRun struct{ client.WorkflowRun }

func (deafRun) Get(ctx context.Context, _ any) error { return context.Cause(ctx) }

// TestCtrlCSaysHowToWatchAgain, every time: that the waiting for the end was ended is not
// taken for the end.
func TestCtrlCSaysHowToWatchAgain(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	interrupt()
	for range 30 {
		var said, shown bytes.Buffer
		given := &flags{environment: "localhost", output: outputJSON, name: "low"}
		err := watch(ctx, &connection{Client: deafTemporal{}}, "migration/low/localhost", given, &config.Configuration{}, &shown, &said)
		require.Equal(t, exitInterrupted, report(err, &bytes.Buffer{}))
		require.Contains(t, said.String(), "watch it again: starter watch low\n")
	}
}
