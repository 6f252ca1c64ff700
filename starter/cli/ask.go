package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.temporal.io/sdk/client"

	"db-migrate/workflows"
)

// question is a workflow whose answer the starter waits for: the worker alone
// knows the database.
type question struct {
	workflow, id, summary string
	// doing says what the worker could not do, in an error.
	doing string
	input []any
	// refused tells whether an error is about what the command line asks for; nil:
	// none is.
	refused func(err error) bool
	// patience bounds the answer; 0: questionTime.
	patience time.Duration
}

// questionTime is a little longer than a worker tries.
const questionTime = 130 * time.Second

// ask waits for the answer. Without a worker nothing is asked.
func (q question) ask(ctx context.Context, temporal *connection, environment string, answer any) error {
	queue := workflows.TaskQueue(environment)
	noWorker := &exitError{exitUnreachable, fmt.Errorf("no worker polls task queue %s; nothing was started\nstart one: bin/worker -e %s", queue, environment)}
	if !waitForWorker(ctx, temporal, queue) {
		return noWorker
	}
	patience := q.patience
	if patience == 0 {
		patience = questionTime
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	run, err := temporal.ExecuteWorkflow(waiting, client.StartWorkflowOptions{
		ID: fmt.Sprintf("%s/%s/%d", q.id, environment, os.Getpid()), TaskQueue: queue,
		WorkflowExecutionTimeout: patience + 10*time.Second, StaticSummary: q.summary,
	}, q.workflow, q.input...)
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("the worker could not be asked: %w", err)}
	}
	if err := run.Get(waiting, answer); err != nil {
		if said := repeatedFailure(ctx, temporal, run.GetID()); said != "" {
			return &exitError{exitFailed, fmt.Errorf("the worker could not %s: %s", q.doing, said)}
		}
		if errors.Is(waiting.Err(), context.DeadlineExceeded) {
			return noWorker
		}
		if q.refused != nil && q.refused(err) {
			return usage("nothing was started: %w", rootCause(err))
		}
		return &exitError{exitFailed, fmt.Errorf("the worker could not %s: %w", q.doing, rootCause(err))}
	}
	return nil
}

// repeatedFailure is why a workflow's activity fails again and again; empty: it
// does not.
func repeatedFailure(ctx context.Context, temporal *connection, id string) string {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	description, err := temporal.DescribeWorkflowExecution(asking, id, "")
	if err != nil {
		return ""
	}
	for _, pending := range description.GetPendingActivities() {
		if failure := pending.GetLastFailure(); failure != nil {
			return failure.GetMessage()
		}
	}
	return ""
}
