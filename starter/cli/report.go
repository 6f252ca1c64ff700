package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"db-migrate/internal/noun"
	"db-migrate/starter/runreport"
	"db-migrate/workflows"
)

// reportCommand writes a page about a run.
func reportCommand(given *flags, terminal streams) *cobra.Command {
	var file string
	command := &cobra.Command{Use: "report" + nameUse, Short: "Writes one HTML page about the run, or the last one: rate, what held it back, errors, who asked for what",
		RunE: withTarget(given, terminal, func(ctx context.Context, t *target) error { return t.report(ctx, file) })}
	command.Flags().StringVar(&file, "output-file", "db-migrate-report.html", "`file` for the page; - is standard output")
	return command
}

func (t *target) report(ctx context.Context, file string) error {
	state, err := t.find(ctx, t.id)
	if err != nil {
		return unreachable("workflow "+t.id, err)
	}
	if !state.exists {
		return t.missing(ctx, "report", state)
	}
	run, err := t.readRun(ctx, state)
	if err != nil {
		return unreachable("the run's history could not be read", err)
	}
	if file == "-" {
		return runreport.Write(t.stdout, run, time.Now())
	}
	var page bytes.Buffer
	if err := runreport.Write(&page, run, time.Now()); err != nil {
		return err
	}
	if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
		return &exitError{exitFailed, fmt.Errorf("report: %w", err)}
	}
	fmt.Fprintf(t.stdout, "wrote %s: %s is %s\n", file, run.Name, run.Phase)
	return nil
}

// readRun reads the histories of a run's parts.
func (t *target) readRun(ctx context.Context, state found) (runreport.Run, error) {
	parts, err := t.parts(ctx, t.id, state.runID)
	if err != nil {
		return runreport.Run{}, err
	}
	run := runreport.Run{Name: t.given.subject.Name(), Environment: t.given.environment, WorkflowID: t.id, Phase: workflows.PhaseRunning, Rows: noun.Of(t.given.subject.Table, "").Many, StartedBy: state.memo.startedBy}
	reader := runreport.NewReader(run)
	for _, part := range parts {
		if err := t.eachEvent(ctx, t.id, part, reader.Read); err != nil {
			return run, err
		}
	}
	run = reader.Run()
	if state.running {
		run.Ended, run.Phase = time.Now(), state.state
		if now, err := t.statusOf(ctx, t.id, state.runID); err == nil {
			run.Phase, run.Rows = now.Phase, now.Rows().Many
		}
		return run, nil
	}
	end, err := t.closure(ctx, t.id, state.runID)
	if err != nil {
		return run, err
	}
	run.Phase, run.Reason, run.Summary = end.phase, end.reason, end.summary
	if end.summary != nil {
		run.Rows = noun.Of(t.given.subject.Table, end.summary.RowName).Many
	}
	return run, nil
}

// parts are the runs by which the overseer came to this one as it continued as new, the
// oldest that Temporal still has first.
func (t *connection) parts(ctx context.Context, id, runID string) ([]string, error) {
	var parts []string
	for next := runID; next != ""; {
		began, err := t.beginning(ctx, id, next)
		if err != nil && len(parts) > 0 {
			break // its retention is over
		}
		if err != nil {
			return nil, err
		}
		parts, next = append(parts, next), began.GetContinuedExecutionRunId()
	}
	slices.Reverse(parts)
	return parts, nil
}

// eachEvent reads a history.
func (t *connection) eachEvent(ctx context.Context, id, runID string, read func(*history.HistoryEvent)) error {
	events := t.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return err
		}
		read(event)
	}
	return nil
}
