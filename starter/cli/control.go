package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"db-migrate/workflows"
)

// another says why a migration that is there may not be found.
const another = "for another one say its name, and --env and --dry-run as it was started; starter list shows all"

// updateTime bounds an update: without a worker nobody takes it.
const updateTime = 20 * time.Second

// tell tells the overseer something if a worker runs it.
func (t *target) tell(ctx context.Context, name string, request any) error {
	state, err := t.find(ctx, t.id)
	switch {
	case err != nil:
		return &exitError{exitUnreachable, fmt.Errorf("%s: workflow %s: %w", name, t.id, err)}
	case !state.running:
		return t.missing(ctx, name, state)
	case t.reach(ctx):
		return t.update(ctx, name, request)
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, fmt.Errorf("%s: interrupted before the migration was told; nothing has changed", name)}
	}
	return &exitError{exitUnreachable, fmt.Errorf("%s: no worker answers, so that the migration was not told; nothing has changed\nstart a worker, as it was started before, and say it again: %s", name, t.given.workerFor(ctx, t.connection))}
}

// missing says that no migration runs, and how and when it has ended, if there was one.
func (t *target) missing(ctx context.Context, name string, state found) error {
	if !state.exists {
		return &exitError{exitFailed, fmt.Errorf("%s: no migration runs (workflow %s)%s; %s", name, t.id, t.given.taken(), another)}
	}
	phase := state.state
	if end, err := t.closure(ctx, t.id, state.runID); err == nil {
		phase = end.phase
	}
	return &exitError{exitFailed, fmt.Errorf("%s: no migration runs (workflow %s): it %s at %s; %s", name, t.id, endedAs(phase), localTime(state.endedAt), another)}
}

// taken says what a word was taken for that names no migration.
func (f *flags) taken() string {
	if f.word == "" {
		return ""
	}
	return fmt.Sprintf(": %q was taken for a migration's name", f.word)
}

// update tells the overseer something, and says what came of it.
func (t *target) update(ctx context.Context, name string, request any) error {
	waiting, cancel := context.WithTimeout(ctx, updateTime)
	defer cancel()
	handle, err := t.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{WorkflowID: t.id, UpdateID: uuid.NewString(),
		UpdateName: name, Args: []any{request}, WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return t.refused(ctx, name, err)
	}
	var status workflows.Status
	if err := handle.Get(waiting, &status); err != nil {
		return t.refused(ctx, name, err)
	}
	t.name(&status.Target)
	fmt.Fprintf(t.stdout, "%s: the migration is %s%s; %s\n", name, status.Phase, pace(status), sumUp(status.Rows(), t.totalsNow(ctx, t.id, status), status.DryRun))
	return nil
}

// pace says in a status line what the rate is limited to, if it is.
func pace(status workflows.Status) string {
	if status.Rate == 0 {
		return ""
	}
	return ", at " + rateText(status.Rows(), status.Rate)
}

func (t *target) refused(ctx context.Context, name string, err error) error {
	var missing *serviceerror.NotFound
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	switch {
	case errors.As(err, &missing):
		state, err := t.find(ctx, t.id)
		if err != nil || state.running {
			state = found{} // how that one has ended is not known
		}
		return t.missing(ctx, name, state)
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded), isDeadline(err):
		return &exitError{exitUnreachable, fmt.Errorf("%s: no worker has answered. Temporal may keep the request, and the migration follow it once a worker runs\nsee what came of it: %s\nstart a worker, as it was started before: %s",
			name, t.given.again("status"), t.given.workerFor(ctx, t.connection))}
	}
	return &exitError{exitFailed, fmt.Errorf("%s: %w", name, rootCause(err))}
}

// endedAs is a phase at an end as what a run did, or what was done to it.
func endedAs(phase string) string {
	switch phase {
	case workflows.PhaseCancelled, workflows.PhaseTerminated:
		return "was " + phase
	}
	return phase
}
