package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const testTaskQueue = "devserver-test"

// waitForGo ends with what the signal says, after a timer of a millisecond.
func waitForGo(ctx workflow.Context) (string, error) {
	var word string
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, &word)
	return word, workflow.Sleep(ctx, time.Millisecond)
}

func startWorker(t testing.TB, temporalClient client.Client) {
	w := worker.New(temporalClient, testTaskQueue, worker.Options{})
	w.RegisterWorkflow(waitForGo)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func TestWorkflowGoesOnAfterKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o := testOptions(t)
	first := startProcess(t, o.args()...)
	temporalClient := dial(t, o)
	started, err := temporalClient.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "survivor", TaskQueue: testTaskQueue}, waitForGo)
	require.NoError(t, err)
	require.Equal(t, -1, first.end(t, syscall.SIGKILL))

	startProcess(t, o.args()...)
	startWorker(t, temporalClient)
	require.NoError(t, temporalClient.SignalWorkflow(ctx, "survivor", "", "go", "on"))
	var word string
	require.NoError(t, temporalClient.GetWorkflow(ctx, "survivor", started.GetRunID()).Get(ctx, &word))
	require.Equal(t, "on", word)
}

func TestBusyWorkflowGoesOnAfterKill(t *testing.T) {
	const count, width, killAfter = 150, 10, 50
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o := testOptions(t)
	first := startProcess(t, o.args()...)
	temporalClient := dial(t, o)
	w := worker.New(temporalClient, testTaskQueue, worker.Options{})
	w.RegisterWorkflow(fanOut)
	var done atomic.Int64
	halfway := make(chan struct{})
	w.RegisterActivityWithOptions(func(context.Context) error {
		if done.Add(1) == killAfter {
			close(halfway)
		}
		return nil
	}, activity.RegisterOptions{Name: "nothing"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	run, err := temporalClient.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: testTaskQueue}, fanOut, count, width)
	require.NoError(t, err)

	<-halfway
	first.end(t, syscall.SIGKILL)
	startProcess(t, o.args()...)
	require.NoError(t, temporalClient.GetWorkflow(ctx, run.GetID(), "").Get(ctx, nil))
	require.GreaterOrEqual(t, done.Load(), int64(count), "at least once each")
}

func TestStopsCleanlyAndStartsAgain(t *testing.T) {
	o := testOptions(t)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		server := startProcess(t, o.args()...)
		require.Equal(t, exitOK, server.end(t, signal), "%s: %s", signal, server.stderr)
		require.Empty(t, server.stderr.String())
	}
}

func TestSaysWhereEverythingIs(t *testing.T) {
	o := testOptions(t)
	server := startProcess(t, o.args()...)
	require.Equal(t, []string{
		fmt.Sprintf("Temporal server: 127.0.0.1:%d", o.port),
		fmt.Sprintf("Web UI: http://127.0.0.1:%d", o.uiPort),
		"database: " + o.databaseFile,
		"ready",
	}, server.output)

	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v1/namespaces", o.uiPort))
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode, "the Web UI reaches the server")
}

func TestNamespaceAndLimits(t *testing.T) {
	o := testOptions(t)
	o.namespace = "another"
	startProcess(t, append(o.args(), "--dynamic-config-value", "limit.blobSize.error=1234")...)
	described, err := dial(t, o).WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "another"})
	require.NoError(t, err)
	require.Equal(t, retention, described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	require.EqualValues(t, 1234, described.GetNamespaceInfo().GetLimits().GetBlobSizeLimitError())
	require.True(t, described.GetNamespaceInfo().GetCapabilities().GetEagerWorkflowStart())
	require.True(t, described.GetNamespaceInfo().GetCapabilities().GetAsyncUpdate())
}

func TestFileHasOneServer(t *testing.T) {
	o := testOptions(t)
	startProcess(t, o.args()...)
	second := testOptions(t)
	second.databaseFile = o.databaseFile
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitFailure, run(t.Context(), second.args(), &stdout, &stderr))
	require.Contains(t, stderr.String(), "database is locked")
	require.Contains(t, stderr.String(), o.databaseFile)
	require.Contains(t, stderr.String(), "is another server using it")
}

func TestCheckAsksAServerThatRuns(t *testing.T) {
	o := testOptions(t)
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitFailure, run(t.Context(), append(o.args(), "--check"), &stdout, &stderr))
	require.Contains(t, stderr.String(), "not ready")
	require.NoFileExists(t, o.databaseFile, "nothing is started")
	startProcess(t, o.args()...)
	require.Equal(t, exitOK, run(t.Context(), append(o.args(), "--check"), &stdout, &stderr))
}
