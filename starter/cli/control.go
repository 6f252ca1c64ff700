package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/workflows"
)

func controlCommands(given *flags, stdout io.Writer) []*cobra.Command {
	var reason string
	var now bool
	command := func(use, short string, run func(context.Context, *target) error) *cobra.Command {
		return &cobra.Command{Use: use + " [component/key=value …]", Short: short, RunE: func(command *cobra.Command, arguments []string) error {
			return withTarget(command.Context(), given, arguments, stdout, run)
		}}
	}
	pause := command("pause", "Pauses the migration: running batches finish, nothing new is begun", func(ctx context.Context, t *target) error {
		return t.tell(ctx, workflows.UpdatePause, workflows.PauseRequest{Reason: reason})
	})
	cancel := command("cancel", "Ends the migration: running batches finish, and the next start goes on from there", func(ctx context.Context, t *target) error {
		return cancelRun(ctx, t, workflows.CancelRequest{Reason: reason, Now: now})
	})
	cancel.Flags().BoolVar(&now, "now", false, "call running batches back at once; what they have written stays")
	for _, reasoned := range []*cobra.Command{pause, cancel} {
		reasoned.Flags().StringVar(&reason, "reason", "", "why, for those who watch")
	}
	return []*cobra.Command{pause, cancel,
		command("resume", "Resumes a paused migration, and lets as many more customers fail as at first", resume),
		rateCommand(given, stdout),
		setCommand(given, stdout),
		command("status", "Prints how the migration goes, once", printStatus),
	}
}

// another says why a migration that is there may not be found.
const another = "for another one say --env, --dry-run, --config and customer-migrator/migration as it was started"

// target is the migration that a command is about.
type target struct {
	*connection
	id            string
	given         *flags
	configuration *config.Configuration
	stdout        io.Writer
}

func withTarget(ctx context.Context, given *flags, arguments []string, stdout io.Writer, run func(context.Context, *target) error) error {
	given.arguments = arguments
	configuration, err := given.load(arguments)
	if err != nil {
		return err
	}
	connected, err := connect(ctx, given)
	if err != nil {
		return err
	}
	defer connected.Close()
	id := workflows.ID(migrationName(configuration), given.environment, given.dryRun)
	return run(ctx, &target{connection: connected, id: id, given: given, configuration: configuration, stdout: stdout})
}

// updateTime bounds an update: without a worker nobody takes it.
const updateTime = 20 * time.Second

// tell tells the overseer something if a worker runs it.
func (t *target) tell(ctx context.Context, name string, request any) error {
	state, err := t.find(ctx, t.id)
	switch {
	case err != nil:
		return &exitError{exitUnreachable, fmt.Errorf("%s: workflow %s: %w", name, t.id, err)}
	case !state.running:
		return t.missing(name)
	case t.reach(ctx):
		return t.update(ctx, name, request)
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, fmt.Errorf("%s: interrupted before the migration was told; nothing has changed", name)}
	}
	return &exitError{exitUnreachable, fmt.Errorf("%s: no worker answers, so that the migration was not told; nothing has changed\nstart a worker and say it again: %s", name, t.given.worker())}
}

func (t *target) missing(name string) error {
	return &exitError{exitFailed, fmt.Errorf("%s: no migration runs (workflow %s); %s", name, t.id, another)}
}

// update tells the overseer something, and says what came of it.
func (t *target) update(ctx context.Context, name string, request any) error {
	waiting, cancel := context.WithTimeout(ctx, updateTime)
	defer cancel()
	handle, err := t.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{WorkflowID: t.id, UpdateID: uuid.NewString(),
		UpdateName: name, Args: []any{request}, WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return t.refused(name, err)
	}
	var status workflows.Status
	if err := handle.Get(waiting, &status); err != nil {
		return t.refused(name, err)
	}
	fmt.Fprintf(t.stdout, "%s: the migration is %s%s; %s\n", name, status.Phase, pace(status), sumUp(status.Totals, status.DryRun))
	return nil
}

// pace says in a status line what the rate is limited to, if it is.
func pace(status workflows.Status) string {
	if status.Rate == 0 {
		return ""
	}
	return ", at " + rateText(status.Rate)
}

func (t *target) refused(name string, err error) error {
	var missing *serviceerror.NotFound
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	switch {
	case errors.As(err, &missing):
		return t.missing(name)
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded), isDeadline(err):
		return &exitError{exitUnreachable, fmt.Errorf("%s: no worker has answered. Temporal may keep the request, and the migration follow it once a worker runs\nsee what came of it: %s\nstart a worker:      %s",
			name, t.given.again("status"), t.given.worker())}
	}
	return &exitError{exitFailed, fmt.Errorf("%s: %w", name, rootCause(err))}
}

// resume goes on; with --same-ledger the worker's mended definition is expected
// from now on.
func resume(ctx context.Context, t *target) error {
	var request workflows.ResumeRequest
	if t.given.sameLedger {
		inspection, err := inspect(ctx, t.connection, t.given, activities.InspectionRequest{}, false)
		if err != nil {
			return err
		}
		if err := t.given.sameDefinition(t.configuration, inspection); err != nil {
			return err
		}
		request.Mended = &inspection.Fingerprint
	}
	return t.tell(ctx, workflows.UpdateResume, request)
}

// printStatus prints the status once, as text or as JSON.
func printStatus(ctx context.Context, t *target) error {
	state, err := t.find(ctx, t.id)
	if err != nil {
		return &exitError{exitUnreachable, err}
	}
	if !state.exists {
		return &exitError{exitFailed, fmt.Errorf("there is no migration (workflow %s); %s", t.id, another)}
	}
	seen := (&observer{temporal: t.connection, id: t.id}).observe(ctx)
	switch {
	case !seen.known && seen.closed == nil:
		return &exitError{exitUnreachable, fmt.Errorf("workflow %s: %s\nstart a worker: %s", t.id, seen.stale, t.given.worker())}
	case t.given.output == outputJSON && !seen.known:
		return json.NewEncoder(t.stdout).Encode(jsonEnd{Phase: seen.closed.phase, Reason: seen.closed.reason, WorkflowID: t.id, RunID: state.runID})
	case t.given.output == outputJSON:
		return json.NewEncoder(t.stdout).Encode(newJSONStatus(seen))
	case !seen.known:
		fmt.Fprintf(t.stdout, "%s: %s\nreason: %s\nhow far it had come only a worker can tell: %s\n", t.id, seen.closed.phase, board.Clean(seen.closed.reason), t.given.worker())
		return nil
	}
	t.print(seen)
	return nil
}

func (t *target) print(seen observation) {
	status := seen.status
	fmt.Fprintf(t.stdout, "%s on %s (%s): %s\n", status.Migration, status.Target, status.Environment, status.Phase)
	if status.Unnoted != "" {
		fmt.Fprintln(t.stdout, board.Clean(unnoted(status.Unnoted)))
	}
	fmt.Fprintln(t.stdout, scannerLine(status).text)
	if done := share(progressLine(status, status.Totals, &speedometer{})); done != "" && !isOver(status.Phase) {
		fmt.Fprintln(t.stdout, done)
	}
	fmt.Fprintf(t.stdout, "%s, started %s ago\n", sumUp(status.Totals, status.DryRun), board.Elapsed(time.Since(status.StartedAt)))
	for _, line := range []string{besideLine(seen), settingsText(status)} {
		if line != "" {
			fmt.Fprintln(t.stdout, board.Clean(line))
		}
	}
	if notes := notes(seen, time.Now()); notes != "" {
		fmt.Fprintln(t.stdout, notes)
	}
	if link := t.link(t.id); link != "" {
		fmt.Fprintln(t.stdout, link)
	}
}

// share is how much is done, of how much by the last estimate; empty if unknown.
func share(progress line) string {
	if progress.target == 0 {
		return ""
	}
	return fmt.Sprintf("%d%% done: %s of %s customers", 100*progress.current/progress.target, humanize.Comma(progress.current), humanize.Comma(progress.target))
}
