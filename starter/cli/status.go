package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"db-migrate/board"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

func statusCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{Use: "status" + nameUse, Short: "Prints the progress of the migration, once", RunE: withTarget(given, terminal, printStatus)}
}

// printStatus prints the status once, as text or as JSON.
func printStatus(ctx context.Context, t *target) error {
	state, err := t.find(ctx, t.id)
	if err != nil {
		return &exitError{exitUnreachable, err}
	}
	if !state.exists {
		return &exitError{exitFailed, fmt.Errorf("there is no migration (workflow %s)%s; %s", t.id, t.given.taken(), another)}
	}
	seen := (&observer{temporal: t.connection, id: t.id, last: observation{ways: t.given.ways()}}).observe(ctx)
	switch {
	case !seen.known && seen.closed == nil:
		return &exitError{exitUnreachable, fmt.Errorf("workflow %s: %s\nstart a worker, as it was started before: %s", t.id, seen.stale, t.given.workerFor(ctx, t.connection))}
	case t.given.output == outputJSON && !seen.known:
		return json.NewEncoder(t.stdout).Encode(jsonEnd{Phase: seen.closed.phase, Reason: seen.closed.reason, WorkflowID: t.id, RunID: state.runID})
	case t.given.output == outputJSON:
		return json.NewEncoder(t.stdout).Encode(newJSONStatus(seen))
	case !seen.known:
		t.printClosed(ctx, *seen.closed)
		return nil
	}
	t.print(seen, state.endedAt)
	printAsked(seen.status, state.memo, t.stdout)
	t.hintFailures(seen.status)
	return nil
}

// printClosed prints what is known of a run that is over, where nobody answers and
// Temporal has not told what it was about.
func (t *target) printClosed(ctx context.Context, closed closure) {
	fmt.Fprintf(t.stdout, "%s: %s\n", t.id, closed.phase)
	if closed.reason != "" {
		fmt.Fprintf(t.stdout, "reason: %s\n", board.Clean(closed.reason))
	}
	if closed.summary == nil {
		fmt.Fprintf(t.stdout, "how far it had come only a worker can tell: %s\n", t.given.workerFor(ctx, t.connection))
		return
	}
	rows := noun.Of(t.given.subject.Table, closed.summary.RowName)
	fmt.Fprintln(t.stdout, sumUp(rows, closed.summary.Totals, closed.summary.DryRun))
}

// print prints what is known of a run; endedAt is zero for one that goes on.
func (t *target) print(seen observation, endedAt time.Time) {
	status := seen.status
	fmt.Fprintf(t.stdout, "%s on %s (%s): %s\n", status.Migration, status.Target, status.Environment, status.Phase)
	if status.Unnoted != "" {
		fmt.Fprintln(t.stdout, board.Clean(unnoted(status.Unnoted)))
	}
	fmt.Fprintln(t.stdout, scannerLine(status).text)
	totals := seen.totals()
	if done := share(status.Rows(), progressLine(status, totals, &speedometer{})); done != "" && !isOver(status.Phase) {
		fmt.Fprintln(t.stdout, done)
	}
	fmt.Fprintln(t.stdout, sumUp(status.Rows(), totals, status.DryRun)+inHand(status.Phase)+startedAgo(status.StartedAt)+endText(endedAt))
	noted := notes(seen, time.Now())
	for _, line := range []string{limitedText(status), besideLine(seen), settingsText(status)} {
		if line = board.Clean(line); line != "" && !strings.Contains(noted, line) {
			fmt.Fprintln(t.stdout, line)
		}
	}
	if noted != "" {
		fmt.Fprintln(t.stdout, noted)
	}
	if link := t.link(t.id); link != "" {
		fmt.Fprintln(t.stdout, link)
	}
}

// inHand says of a run that was ended from outside what its totals leave out.
func inHand(phase string) string {
	if phase == workflows.PhaseTerminated || phase == workflows.PhaseTimedOut {
		return ", and some of what was in hand when it was ended"
	}
	return ""
}

// limitedText says how fast a run may go at most; empty: as fast as it can, or it is over.
func limitedText(status workflows.Status) string {
	if status.Rate == 0 || isOver(status.Phase) {
		return ""
	}
	return "Limited to " + rateText(status.Rows(), status.Rate)
}

// startedAgo says when the run was started, if that is known.
func startedAgo(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return fmt.Sprintf(", started %s ago", board.Elapsed(time.Since(at)))
}

// endText says when a run has ended, if it has.
func endText(endedAt time.Time) string {
	if endedAt.IsZero() {
		return ""
	}
	return ", ended at " + localTime(endedAt)
}

// share is how much is done, of how much by the last estimate; empty if unknown.
func share(rows noun.Noun, progress line) string {
	if progress.target == 0 {
		return ""
	}
	return fmt.Sprintf("%d%% done: %s of %s", 100*progress.current/progress.target, humanize.Comma(progress.current), rows.Count(progress.target))
}

// printAsked says who has asked for what.
func printAsked(status workflows.Status, memo memo, stdout io.Writer) {
	if memo.startedBy != "" {
		fmt.Fprintf(stdout, "started by %s%s\n", board.Clean(memo.startedBy), because(memo.reason))
	}
	if asked := status.Asked; asked.For != "" {
		fmt.Fprintf(stdout, "%s by %s, %s ago\n", asked.For, board.Clean(orUnknown(asked.By)), board.Elapsed(time.Since(asked.At)))
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + board.Clean(reason)
}

func orUnknown(who string) string {
	if who == "" {
		return "somebody"
	}
	return who
}

// hintFailures says how to see the rows that failed.
func (t *target) hintFailures(status workflows.Status) {
	if status.Totals.Failed > 0 && !status.DryRun {
		fmt.Fprintf(t.stdout, "which rows failed, and why: %s\n", t.given.again("failures"))
	}
}
