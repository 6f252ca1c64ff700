package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"db-migrate/workflows"
)

// question is a workflow whose answer the starter waits for: the worker alone
// knows the database.
type question struct {
	// activity is the scanner's that answers; summary is for Temporal's Web UI.
	activity, summary string
	// doing says what the worker could not do, in an error.
	doing string
	// input is the activity's; nil: it takes none.
	input any
	// refused reports whether an error is about what the command line asks for; nil:
	// none is.
	refused func(err error) bool
	// patience bounds the answer; 0: questionTime.
	patience time.Duration
	// starting: a worker may just have been started, and is waited for.
	starting bool
	// changes: it stays in Temporal's list, since somebody may ask who asked for it. One
	// that only looks is deleted with its answer.
	changes bool
}

// questionTime is a little longer than a worker tries.
const questionTime = 130 * time.Second

// ask waits for the answer. Without a worker nothing is asked.
func (q question) ask(ctx context.Context, temporal *connection, given *flags, answer any) error {
	queue := given.subject.TaskQueue()
	if err := given.waitForWorker(ctx, temporal, q.appears()); err != nil {
		return err
	}
	patience := q.patience
	if patience == 0 {
		patience = questionTime
	}
	var input json.RawMessage
	if q.input != nil {
		encoded, err := json.Marshal(q.input)
		if err != nil {
			return err
		}
		input = encoded
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	run, err := temporal.ExecuteWorkflow(waiting, client.StartWorkflowOptions{
		ID: given.subject.QuestionID(q.activity, os.Getpid()), TaskQueue: queue,
		WorkflowExecutionTimeout: patience + 10*time.Second, StaticSummary: q.summary,
	}, workflows.AskName, workflows.Question{Activity: q.activity, Summary: q.summary, Patience: patience, Input: input})
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("the worker could not be asked: %w", err)}
	}
	if !q.changes {
		defer temporal.forget(context.WithoutCancel(ctx), run)
	}
	go func() {
		if q.isLeft(waiting, temporal, given, run.GetID()) {
			cancel()
		}
	}()
	if err := await(waiting, run, answer); err != nil {
		return q.explain(ctx, temporal, run, given, err, waiting.Err())
	}
	return nil
}

// await waits for the answer, over what breaks on the way to Temporal.
func await(ctx context.Context, run client.WorkflowRun, answer any) error {
	for {
		err := run.Get(ctx, answer)
		if err == nil || ended(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(slowPoll):
		}
	}
}

// explain says why there is no answer. A question that is still open is withdrawn, so
// that no worker takes it up later.
func (q question) explain(ctx context.Context, temporal *connection, run client.WorkflowRun, given *flags, err, waited error) error {
	untaken := waited != nil && isUntaken(context.WithoutCancel(ctx), temporal, run.GetID(), 0)
	said := repeatedFailure(context.WithoutCancel(ctx), temporal, run.GetID())
	if waited != nil {
		withdraw(context.WithoutCancel(ctx), temporal, run)
	}
	what, _, _ := strings.Cut(q.doing, ";")
	switch {
	case said != "":
		return &exitError{exitFailed, fmt.Errorf("the worker could not %s: %s", q.doing, said)}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, fmt.Errorf("interrupted before the worker had answered; whether it could %s is not known", what)}
	case untaken:
		return noWorker(ctx, temporal, "no worker of task queue "+given.subject.TaskQueue()+" takes the question up", given)
	case waited != nil:
		return &exitError{exitUnreachable, fmt.Errorf("the worker has taken the question up and does not answer; whether it could %s is not known: look at its log", what)}
	case q.refused != nil && q.refused(err):
		return usage("nothing was started: %w", rootCause(err))
	}
	return &exitError{exitFailed, fmt.Errorf("the worker could not %s: %w", q.doing, rootCause(err))}
}

// noWorker says how to start one.
func noWorker(ctx context.Context, temporal *connection, seen string, given *flags) error {
	return &exitError{exitUnreachable, fmt.Errorf("%s; nothing was started\nstart one: %s\na worker that runs says in its first line which task queue it serves: environment, migration and table are those of -e, customer-migrator/migration and connection/table, on both sides",
		seen, given.workerFor(ctx, temporal))}
}

const (
	// pollerTime is how long a worker may take to appear, if it may just have been
	// started.
	pollerTime = 10 * time.Second
	// takenTime is how long a worker takes at most to take a question up, as a rule.
	takenTime = 2 * time.Second
	// busyTime is what is left to one that lives and is busy. Temporal remembers one
	// that was killed for some minutes, so that it looks the same.
	busyTime = 20 * time.Second
)

// appears is how long a worker may take to appear.
func (q question) appears() time.Duration {
	if q.starting {
		return pollerTime
	}
	return takenTime
}

// waitForWorker waits for a worker of the task queue. Without an error there is one.
func (f *flags) waitForWorker(ctx context.Context, temporal *connection, patience time.Duration) error {
	hint, queue := f.missingHint(ctx, temporal), f.subject.TaskQueue()
	for until := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		polled, err := isPolled(ctx, temporal, queue)
		switch {
		case polled:
			return nil
		case ctx.Err() != nil:
			return f.interrupted()
		case time.Now().After(until):
			return f.unpolled(ctx, temporal, err)
		}
		hint(queue)
	}
}

// interrupted says that somebody has ended the waiting for a worker.
func (f *flags) interrupted() error {
	return &exitError{exitInterrupted, errors.New("interrupted while a worker was waited for; nothing was started")}
}

// unpolled says that there is no worker, or why Temporal does not tell.
func (f *flags) unpolled(ctx context.Context, temporal *connection, err error) error {
	queue := f.subject.TaskQueue()
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("temporal does not say whether a worker polls task queue %s: %w\nnothing was started", queue, err)}
	}
	return noWorker(ctx, temporal, "no worker polls task queue "+queue, f)
}

// waitingHint says once that an answer is waited for, when it has been for some time.
func (f *flags) waitingHint() func() {
	since, said := time.Now(), f.notices == nil
	return func() {
		if !said && time.Since(since) >= takenTime {
			said = true
			fmt.Fprintln(f.notices, "waiting for a worker to answer …")
		}
	}
}

// missingHint says once how to start a worker, when one has been waited for some time.
func (f *flags) missingHint(ctx context.Context, temporal *connection) func(queue string) {
	since, said := time.Now(), f.notices == nil
	return func(queue string) {
		if said || time.Since(since) < takenTime {
			return
		}
		said = true
		fmt.Fprintf(f.notices, "no worker polls task queue %s yet; start one: %s\n", queue, f.workerFor(ctx, temporal))
	}
}

// isPolled reports whether a worker has polled the task queue lately.
func isPolled(ctx context.Context, temporal *connection, queue string) (bool, error) {
	found, err := pollers(ctx, temporal, queue)
	return len(found) > 0, err
}

// isLeft reports whether no worker takes the question up: one that has polled lately is
// waited for, since a busy machine is no reason to say that there is none.
func (q question) isLeft(ctx context.Context, temporal *connection, given *flags, id string) bool {
	if !isUntaken(ctx, temporal, id, q.appears()+takenTime) {
		return false
	}
	queue := given.subject.TaskQueue()
	if len(livelyPollers(ctx, temporal, queue)) == 0 {
		return true
	}
	if given.notices != nil {
		fmt.Fprintf(given.notices, "the worker of task queue %s does not answer yet: it is busy, or has just ended; waiting\n", queue)
	}
	return isUntaken(ctx, temporal, id, busyTime)
}

// isUntaken reports whether no worker has carried a workflow's first task out in time. One
// that is frozen is handed it by Temporal, again and again.
func isUntaken(ctx context.Context, temporal *connection, id string, patience time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(patience):
	}
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	description, err := temporal.DescribeWorkflowExecution(asking, id, "")
	return err == nil && description.GetPendingWorkflowTask() != nil && len(description.GetPendingActivities()) == 0
}

// withdraw ends a question that nobody waits for any more.
func withdraw(ctx context.Context, temporal *connection, run client.WorkflowRun) {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	_ = temporal.TerminateWorkflow(asking, run.GetID(), run.GetRunID(), "nobody waits for the answer any more")
}

// forget deletes a question that is over: operators look for runs in Temporal's list. Where
// that is not allowed it stays until its retention ends.
func (t *connection) forget(ctx context.Context, run client.WorkflowRun) {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	_, _ = t.WorkflowService().DeleteWorkflowExecution(asking, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: t.namespace, WorkflowExecution: &common.WorkflowExecution{WorkflowId: run.GetID(), RunId: run.GetRunID()}})
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
