package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

const (
	// silence is after how long without an answer an ending run is taken for one
	// that no worker serves: a worker that has just been started answers sooner.
	silence = 15 * time.Second
	// endingSlack is how much longer than its limits say an ending run may take.
	endingSlack = 30 * time.Second
)

func cancelCommand(given *flags, terminal streams) *cobra.Command {
	var request workflows.CancelRequest
	command := &cobra.Command{Use: "cancel" + nameUse, Short: "Ends the migration: running batches finish, and the next start goes on from there",
		RunE: withTarget(given, terminal, func(ctx context.Context, t *target) error {
			request.By = asker()
			return cancelRun(ctx, t, request)
		})}
	command.Flags().BoolVar(&request.Now, "now", false, "stop running batches at once; what they have written stays")
	addReason(command, &request.Reason)
	return command
}

// cancellation ends a run, and waits for its end.
type cancellation struct {
	*target
	request workflows.CancelRequest
	// runID is the run to end, first the one that it began as.
	runID, first string
	// answered is when a worker last answered, until when the run must have ended.
	answered, until time.Time
}

// cancelRun ends the run: through its overseer, or in Temporal if no worker answers.
func cancelRun(ctx context.Context, t *target, request workflows.CancelRequest) error {
	state, err := t.find(ctx, t.id)
	switch {
	case err != nil:
		return &exitError{exitUnreachable, fmt.Errorf("cancel: workflow %s: %w", t.id, err)}
	case !state.running:
		return t.missing(ctx, "cancel", state)
	}
	c := &cancellation{target: t, request: request, runID: state.runID, first: state.firstRunID, answered: time.Now()}
	if !t.reach(ctx) {
		if ctx.Err() != nil {
			return &exitError{exitInterrupted, errors.New("cancel: interrupted before the run was told to end; nothing has changed")}
		}
		return c.terminate(ctx)
	}
	if err := t.update(ctx, workflows.UpdateCancel, request); err != nil {
		return err
	}
	c.until = time.Now().Add(t.endingTime(ctx, state.runID))
	return c.await(ctx)
}

// endingTime is how long the run may take to end.
func (t *target) endingTime(ctx context.Context, runID string) time.Duration {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	input, _ := t.input(asking, t.id, runID) // without its limits, those of a run without any hold
	return input.Settings.Limits.EndingTime() + endingSlack
}

// await waits until the run has ended. If no worker answers any more, it is ended in
// Temporal.
func (c *cancellation) await(ctx context.Context) error {
	for {
		state, err := c.find(ctx, c.id)
		switch {
		case ctx.Err() != nil:
			return c.interrupted()
		case err != nil && time.Now().After(c.until):
			return &exitError{exitUnreachable, fmt.Errorf("cancel: the run was told to end; whether it has ended is not known, since Temporal does not answer: %w", err)}
		case err == nil && (!state.running || state.firstRunID != c.first):
			return c.ended(ctx)
		case err == nil:
			c.runID = state.runID
			if c.silent(ctx) || time.Now().After(c.until) {
				return c.terminate(ctx)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}

// silent reports whether no worker has answered for long.
func (c *cancellation) silent(ctx context.Context) bool {
	if c.answers(ctx) == nil {
		c.answered = time.Now()
	}
	return ctx.Err() == nil && time.Since(c.answered) > silence
}

func (c *cancellation) interrupted() error {
	fmt.Fprintf(c.stdout, "The run goes on to its end without this terminal.\n  see its state: %s\n", c.given.again("status"))
	return &exitError{exitInterrupted, errQuiet}
}

// ended says how the run has ended.
func (c *cancellation) ended(ctx context.Context) error {
	end, err := c.closure(ctx, c.id, c.runID)
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("cancel: the run has ended, but Temporal does not say how: %w", err)}
	}
	if end.summary == nil || end.phase == workflows.PhaseFailed {
		return &exitError{exitFailed, fmt.Errorf("cancel: %s", end)}
	}
	fmt.Fprintf(c.stdout, "cancel: the migration is %s; %s\n", end.phase, sumUp(noun.Of(c.given.subject.Table, cmp.Or(c.rowName, end.summary.RowName)), end.summary.Totals, end.summary.DryRun))
	if end.summary.Unnoted != "" {
		fmt.Fprintf(c.stdout, "cancel: %s\n", unnoted(end.summary.Unnoted))
	}
	return nil
}

// terminate ends the run in Temporal. A cancel that waits there would let the run go
// on as soon as a worker is started, and until then it would look alive.
func (c *cancellation) terminate(ctx context.Context) error {
	reason := "starter cancel, while no worker answered"
	if c.request.Reason != "" {
		reason += ": " + c.request.Reason
	}
	err := c.TerminateWorkflow(ctx, c.id, c.runID, reason)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return c.ended(ctx)
	}
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("cancel: no worker answers, and whether Temporal has ended the run is not known: %w\nlook: %s", err, c.given.again("status"))}
	}
	fmt.Fprintln(c.stdout, "cancel: the run was ended in Temporal, since no worker answers")
	if !c.given.dryRun {
		fmt.Fprintln(c.stdout, "cancel: no worker was there to note it in the database; the next start on this table releases it, and that of this migration goes on from where the run was. Until then a worker that was stopped, and goes on, may still write what it has in hand")
	}
	return nil
}

// reachTime is how long an answer is waited for while Temporal knows of a worker: it
// remembers one that was killed for minutes, and asks it first for some seconds.
const reachTime = 12 * time.Second

// reach reports whether a worker runs the overseer, so that it can be told
// something. A question leaves nothing behind; what it is told would be kept by
// Temporal, and carried out once there is a worker.
func (t *target) reach(ctx context.Context) bool {
	queue, hint := t.given.subject.TaskQueue(), t.given.waitingHint()
	for until := time.Now().Add(reachTime); ctx.Err() == nil; {
		if t.answers(ctx) == nil {
			return true
		}
		if time.Now().After(until) || !t.polled(ctx, queue) {
			return false
		}
		hint()
	}
	return false
}

// answers asks the overseer for its status, and returns why there is no answer.
func (t *target) answers(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	_, err := (&observer{temporal: t.connection, id: t.id}).query(asking)
	return err
}

// polled reports whether Temporal knows of a worker, or cannot say.
func (t *connection) polled(ctx context.Context, queue string) bool {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	description, err := t.DescribeTaskQueue(asking, queue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	return err != nil || len(description.GetPollers()) > 0
}
