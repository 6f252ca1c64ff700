package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// line is one job's line on the status board.
type line struct {
	text      string
	status    board.Status
	completed bool
	// current of target rows, if target is known.
	current, target int64
}

// scannerLine is the customer scanner's line.
func scannerLine(status workflows.Status) line {
	scanned := humanize.Comma(status.Totals.Scanned)
	if status.Totals.Scanned == 0 && status.Scanner.State != workflows.ScannerCompleted && status.Scanner.State != workflows.ScannerClosing {
		return line{text: "Starting " + status.Rows().Scan() + " ..."}
	}
	rows := " " + status.Rows().Rows()
	if status.Totals.Scanned == 1 {
		rows = strings.TrimSuffix(rows, "s")
	}
	if part := status.Part(); !part.Whole() {
		rows += " " + part.String()
	}
	switch status.Scanner.State {
	case workflows.ScannerClosing:
		return line{text: "Scanned " + scanned + rows + ". Checking that nothing is left"}
	case workflows.ScannerCompleted:
		return line{text: "Completed table scan, after " + scanned + rows, status: board.Success, completed: status.Phase == workflows.PhaseCompleted}
	case workflows.ScannerParked:
		return line{text: fmt.Sprintf("Scanned %s%s (parked: %s in the buffer of %s)", scanned, rows,
			wait(status.Rows(), int64(status.Scanner.Buffered)), humanize.Comma(int64(status.Scanner.Capacity)))}
	}
	return line{text: "Scanned " + scanned + rows}
}

// wait says that so many rows do.
func wait(rows noun.Noun, number int64) string {
	if number == 1 {
		return rows.Count(number) + " waits"
	}
	return rows.Count(number) + " wait"
}

// processLine is the line of one process.
func processLine(status workflows.Status, process workflows.ProcessStatus, beat activities.Progress, beating bool) line {
	switch {
	case isOver(status.Phase):
		return line{text: "Done", completed: true}
	case !process.Busy:
		return line{text: waitingText(status)}
	case process.Customer != nil:
		return line{text: fmt.Sprintf("%s %s %s, attempt %d", verb(beat.Doing), status.Rows().One, process.Customer, process.Attempt), status: board.Warning}
	}
	return line{text: batchText(status, process, beat, beating)}
}

func isOver(phase string) bool {
	return phase == workflows.PhaseCompleted || phase == workflows.PhaseCancelled || phase == workflows.PhaseFailed ||
		phase == workflows.PhaseTerminated || phase == workflows.PhaseTimedOut
}

func waitingText(status workflows.Status) string {
	switch status.Phase {
	case workflows.PhasePaused:
		return "Paused"
	case workflows.PhaseCancelling, workflows.PhaseFailing:
		return "Done"
	}
	if status.Rate > 0 && status.Scanner.Buffered > 0 {
		return "Waiting for its share of " + rateText(status.Rows(), status.Rate)
	}
	doing := " to migrate"
	if status.DryRun {
		doing = " to check"
	}
	return "Waiting for " + status.Rows().Many + doing
}

func verb(doing string) string {
	if doing == activities.DoingChecking {
		return "Checking"
	}
	return "Migrating"
}

// smallBatch is up to how many rows a batch is shown by the one in hand.
const smallBatch = 200

func batchText(status workflows.Status, process workflows.ProcessStatus, beat activities.Progress, beating bool) string {
	rows, doing := status.Rows(), verb(activities.DoingMigrating)
	if status.DryRun {
		doing, beat.Doing = verb(activities.DoingChecking), activities.DoingChecking
	}
	total := humanize.Comma(int64(process.Customers))
	switch {
	case process.UpTo == nil && beating && beat.Key != nil:
		return fmt.Sprintf("%s %s %s … %s of %s", verb(beat.Doing), rows.One, board.Clean(beat.Key.String()), humanize.Comma(int64(beat.Customers)), total)
	case process.UpTo == nil:
		return doing + " " + rows.Count(int64(process.Customers))
	case process.Customers == 1 && beating && beat.Key != nil:
		return fmt.Sprintf("%s %s %s", verb(beat.Doing), rows.One, board.Clean(beat.Key.String()))
	case process.Customers == 1 && process.UpTo != nil:
		return doing + " " + rows.One + " " + process.UpTo.String()
	case beating && process.Customers <= smallBatch && beat.Key != nil:
		return fmt.Sprintf("%s %s %s … %s of %s", verb(beat.Doing), rows.One, board.Clean(beat.Key.String()), humanize.Comma(int64(beat.Customers)), total)
	case beating:
		return fmt.Sprintf("%s %s %s … %s of %s", doing, rows.Many, between(process), humanize.Comma(int64(beat.Customers)), total)
	}
	return fmt.Sprintf("%s %s %s … (%s)", doing, rows.Many, between(process), total)
}

func between(process workflows.ProcessStatus) string {
	if process.After == nil {
		return "up to " + process.UpTo.String()
	}
	return fmt.Sprintf("%s to %s", process.After, process.UpTo)
}

// progressLine is the line above the bottom: how far, how fast, how long still.
func progressLine(status workflows.Status, shown workflows.Totals, speed *speedometer) line {
	target := max(status.Scanner.Estimate, status.Totals.Scanned, shown.Done())
	if isOver(status.Phase) {
		target = max(1, shown.Done())
		return line{current: target, target: target, status: board.Success, completed: status.Phase == workflows.PhaseCompleted}
	}
	if target == 0 {
		return line{}
	}
	text := speed.text(target-shown.Done(), status.Rate)
	if status.Phase == workflows.PhasePaused {
		text = ""
	}
	if status.Scanner.State == workflows.ScannerClosing && shown.Done() >= target {
		text = "checking that nothing is left"
	}
	return line{current: min(shown.Done(), target), target: target, text: text}
}

// summaryLine is the bottom line.
func summaryLine(seen observation, shown workflows.Totals, now time.Time) line {
	status := seen.status
	elapsed := now.Sub(status.StartedAt)
	if seen.elapsed > 0 {
		elapsed = time.Duration(seen.elapsed * float64(time.Second))
	}
	result := line{text: sumUp(status.Rows(), shown, status.DryRun) + " in " + board.Elapsed(elapsed)}
	switch {
	case status.Phase == workflows.PhaseCompleted && status.Totals.Failed == 0 && status.Totals.NeededAgain == 0 && status.Left == 0:
		result.status = board.Success
	case isOver(status.Phase):
		result.status = board.Error
	}
	result.completed = isOver(status.Phase)
	return result
}

// noteLine is above them, if there is anything to note.
func noteLine(seen observation, now time.Time) line {
	return line{text: notes(seen, now), status: board.Warning}
}

func sumUp(rows noun.Noun, totals workflows.Totals, dryRun bool) string {
	first := "Migrated"
	if dryRun {
		first = "Migration needed for"
	}
	failures := "failures"
	if totals.Failed == 1 {
		failures = "failure"
	}
	again := ""
	if totals.NeededAgain > 0 {
		again = fmt.Sprintf("%s migrated before and needed again, ", humanize.Comma(totals.NeededAgain))
	}
	return fmt.Sprintf("%s %s (%s previously migrated, %s%s %s)", first, rows.Count(totals.Migrated),
		humanize.Comma(totals.Skipped), again, humanize.Comma(totals.Failed), failures)
}

func count(number int, singular, plural string) string {
	if number == 1 {
		return "1 " + singular
	}
	return humanize.Comma(int64(number)) + " " + plural
}

// notes are what does not go as it should, or has been asked for.
func notes(seen observation, now time.Time) string {
	all := append(phaseNotes(seen), staleNotes(seen, now)...)
	if !isOver(seen.status.Phase) {
		all = append(all, openNotes(seen)...)
	}
	return strings.Join(slices.DeleteFunc(all, func(note string) bool { return note == "" }), "; ")
}

// phaseNotes say why the run does not simply go on.
func phaseNotes(seen observation) []string {
	switch seen.status.Phase {
	case workflows.PhasePaused:
		return []string{"PAUSED: " + seen.status.PauseReason + seen.ways.String()}
	case workflows.PhaseCancelling:
		return []string{"ending: " + seen.status.CancelReason}
	case workflows.PhaseCancelled:
		return []string{cancelledText(board.Clean(seen.status.CancelReason))}
	case workflows.PhaseFailing, workflows.PhaseFailed, workflows.PhaseTerminated, workflows.PhaseTimedOut:
		return []string{strings.ToUpper(seen.status.Phase) + ": " + board.Clean(seen.status.Reason)}
	}
	return nil
}

// cancelledText says why a run was cancelled; empty: that is not known.
func cancelledText(reason string) string {
	if reason == "" || strings.HasPrefix(reason, "cancelled ") { // by request, from Temporal
		return reason
	}
	return "cancelled: " + reason
}

// staleNotes say how old is what is shown.
func staleNotes(seen observation, now time.Time) []string {
	if seen.stale == "" || seen.since.IsZero() {
		return []string{seen.stale}
	}
	return []string{fmt.Sprintf("%s; this is from %s ago", seen.stale, board.Elapsed(now.Sub(seen.since)))}
}

// openNotes say what a run that is not over has to cope with.
func openNotes(seen observation) []string {
	status := seen.status
	found := []string{board.Clean(slowedWords(seen)), board.Clean(status.Outdated)}
	if len(seen.troubles) > 0 {
		found = append(found, fmt.Sprintf("%s (%s)", count(len(seen.troubles), "attempt is repeated", "attempts are repeated"), seen.troubles[0]))
	}
	found = append(found, board.Clean(workflows.LockedWords(status)), board.Clean(workflows.RefusedWords(status)), workflows.UncountedWords(status))
	if rows := status.Rows(); status.Troubled > 0 {
		example := ""
		if status.TroubledError != "" {
			example = fmt.Sprintf(" (%s %s: %s)", rows.One, board.Clean(status.TroubledRow.String()), board.Clean(status.TroubledError))
		}
		found = append(found, count(status.Troubled, "troubled "+rows.One+" waits", "troubled "+rows.Many+" wait")+" for another attempt"+example)
	}
	return found
}
