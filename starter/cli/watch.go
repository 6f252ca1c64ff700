package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/workflows"
)

// view shows how a run goes.
type view interface {
	show(observation)
	// close shows the end; summary is nil if the run goes on without us.
	close(summary *workflows.Summary)
}

const (
	// pollEvery is how often the status is asked for: a query adds nothing to
	// the history, but the worker answers it.
	pollEvery = 300 * time.Millisecond
	// slowPoll is used while nobody answers.
	slowPoll = time.Second
)

// ending is how a run ended.
type ending struct {
	summary workflows.Summary
	err     error
}

func watchCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{Use: "watch" + nameUse, Short: "Shows the progress of a running migration, and starts nothing",
		RunE: withTarget(given, terminal, func(ctx context.Context, t *target) error {
			state, err := t.find(ctx, t.id)
			switch {
			case err != nil:
				return unreachable("workflow "+t.id, err)
			case !state.running:
				return t.missing(ctx, "watch", state)
			}
			return watch(ctx, t.connection, t.id, given, t.configuration, terminal.out, terminal.err)
		})}
}

// watch shows the run until it ends, or until the starter is told to stop.
func watch(ctx context.Context, connected *connection, id string, given *flags, configuration *config.Configuration, stdout, stderr io.Writer) error {
	shown, err := newView(given.form(configuration.StatusBoard.Mode), configuration, stdout)
	if err != nil {
		return err
	}
	ending := make(chan ending, 1)
	go func() { ending <- awaitEnd(ctx, connected, id) }()
	observing := &observer{temporal: connected, id: id, last: observation{ways: given.ways()}}
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			shown.close(nil)
			return detached(id, given, observing.last.stale != "", stderr)
		case end := <-ending:
			if end.err == nil || ended(end.err) {
				return conclude(context.WithoutCancel(ctx), end, observing, shown, connected, given, stdout, stderr)
			}
			continue // the waiting was ended, and not the run
		case <-time.After(pause):
		}
		seen := observing.observe(ctx)
		if ctx.Err() == nil {
			shown.show(seen)
		}
		pause = pollEvery
		if seen.stale != "" {
			pause = slowPoll
		}
	}
}

// awaitEnd waits for the run's end, over every outage of Temporal's.
func awaitEnd(ctx context.Context, connected *connection, id string) ending {
	for {
		var summary workflows.Summary
		err := connected.GetWorkflow(ctx, id, "").Get(ctx, &summary)
		if err == nil || ctx.Err() != nil || ended(err) {
			return ending{summary, err}
		}
		select {
		case <-ctx.Done():
		case <-time.After(slowPoll):
		}
	}
}

// ended reports whether the error is the workflow's end, not that of a call.
func ended(err error) bool {
	var execution *temporal.WorkflowExecutionError
	var missing *serviceerror.NotFound
	return errors.As(err, &execution) || errors.As(err, &missing)
}

// detached says that the migration goes on, at once or once somebody answers again.
func detached(id string, given *flags, stale bool, stderr io.Writer) error {
	goesOn := "goes on without this terminal"
	if stale {
		goesOn = "does not end with this terminal, and goes on once Temporal and a worker answer"
	}
	fmt.Fprintf(stderr, "\nThe migration %s (workflow %s).\n  watch it again: %s\n  stop it:        %s\n",
		goesOn, id, given.again("watch"), given.again("cancel"))
	return &exitError{exitInterrupted, errQuiet}
}

// conclude shows the last frame and the closing words.
func conclude(ctx context.Context, end ending, observing *observer, shown view, connected *connection, given *flags, stdout, stderr io.Writer) error {
	observing.described = time.Time{} // it has ended since
	seen := observing.observe(ctx)
	if seen.status.Target.Table == "" {
		seen.status.Target.Table = given.subject.Table
	}
	summary, err := summaryOf(end, seen)
	if err != nil {
		shown.close(nil)
		return &exitError{exitFailed, fmt.Errorf("%w\nits workflow: %s", err, place(connected, observing.id))}
	}
	if summary.Phase == workflows.PhaseCompleted || seen.known {
		seen.elapsed = summary.ElapsedSeconds
		seen.status.Phase, seen.status.Reason, seen.status.Totals, seen.troubles, seen.beats, seen.stale = summary.Phase, summary.Reason, summary.Totals, nil, nil, ""
		seen.known = true
		shown.show(seen)
	}
	run, _ := connected.find(ctx, observing.id)
	shown.close(&summary)
	closing(summary, observing.id, run.runID, seen.status, connected, given, stdout, stderr, shown)
	if told := failureOf(summary); told != nil {
		return &exitError{exitFailed, fmt.Errorf("%s\nits workflow: %s", told, place(connected, observing.id))}
	}
	if code := codeOf(summary, given); code != exitDone {
		return &exitError{code, errQuiet}
	}
	return nil
}

// failureOf is how a run has failed, or was ended from outside; nil: neither.
func failureOf(summary workflows.Summary) fmt.Stringer {
	switch summary.Phase {
	case workflows.PhaseFailed, workflows.PhaseTerminated, workflows.PhaseTimedOut:
		return closure{phase: summary.Phase, reason: board.Clean(summary.Reason)}
	}
	return nil
}

// summaryOf is the run's summary. That of a run that was ended from outside is what
// was last seen of it; an error if nothing was.
func summaryOf(end ending, seen observation) (workflows.Summary, error) {
	if end.err == nil {
		return end.summary, nil
	}
	if summary := summaryIn(end.err); summary != nil {
		return *summary, nil
	}
	switch {
	case seen.closed == nil:
		return workflows.Summary{}, fmt.Errorf("the migration failed: %w", rootCause(end.err))
	case !seen.known:
		return workflows.Summary{}, errors.New(seen.closed.String())
	}
	return workflows.Summary{Phase: seen.closed.phase, Reason: seen.closed.reason, DryRun: seen.status.DryRun, Totals: seen.status.Totals,
		ElapsedSeconds: time.Since(seen.status.StartedAt).Seconds()}, nil
}

// rootCause is the part of a workflow's error that people can act on.
func rootCause(err error) error {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return errors.New(application.Message())
	}
	var terminated *temporal.TerminatedError
	if errors.As(err, &terminated) {
		return errors.New("it was terminated in Temporal")
	}
	return err
}

func place(connected *connection, id string) string {
	if link := connected.link(id); link != "" {
		return link
	}
	return id
}
