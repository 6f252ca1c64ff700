package main

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// fanOutLimit keeps each run below the history limits: an activity is three
// events and a share of a workflow task.
const fanOutLimit = 2_000

func nothing(context.Context) error { return nil }

// fanOut runs count activities, width at a time, and continues as new.
func fanOut(ctx workflow.Context, count, width int) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 5 * time.Second})
	thisRun := min(count, fanOutLimit)
	slots := workflow.NewSemaphore(ctx, int64(width))
	for range thisRun {
		if err := slots.Acquire(ctx, 1); err != nil {
			return err
		}
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer slots.Release(1)
			_ = workflow.ExecuteActivity(ctx, nothing).Get(ctx, nil)
		})
	}
	if err := slots.Acquire(ctx, int64(width)); err != nil {
		return err
	}
	if count > thisRun {
		return workflow.NewContinueAsNewError(ctx, fanOut, count-thisRun, width)
	}
	return nil
}

// BenchmarkActivities measures empty activities of one workflow, 40 at a time.
// The CPU that the server used is comparable even when the machine is busy.
func BenchmarkActivities(b *testing.B) {
	o := testOptions(b)
	server := startProcess(b, o.args()...)
	temporalClient := dial(b, o)
	w := worker.New(temporalClient, testTaskQueue, worker.Options{MaxConcurrentActivityTaskPollers: 10})
	w.RegisterWorkflow(fanOut)
	w.RegisterActivity(nothing)
	require.NoError(b, w.Start())
	defer w.Stop()

	b.ResetTimer()
	run, err := temporalClient.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{TaskQueue: testTaskQueue}, fanOut, b.N, 40)
	require.NoError(b, err)
	require.NoError(b, run.Get(b.Context(), nil))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "activities/s")
	b.StopTimer()
	server.end(b, syscall.SIGTERM)
	used := server.command.ProcessState.UserTime() + server.command.ProcessState.SystemTime()
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "server-CPU-µs/op")
}
