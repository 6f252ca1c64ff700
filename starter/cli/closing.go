package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/board"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// closing says how the run ended, where it can be looked at, and what to do
// about failures.
func closing(summary workflows.Summary, id, runID string, status workflows.Status, connected *connection, given *flags, stdout, stderr io.Writer, shown view) {
	if printer, ok := shown.(*jsonView); ok {
		if text, err := json.Marshal(newJSONSummary(summary, id, runID, status)); err == nil {
			printer.print(text)
		}
		return
	}
	elapsed := board.Elapsed(time.Duration(summary.ElapsedSeconds * float64(time.Second)))
	rows := status.Rows()
	fmt.Fprintf(stdout, "\n%s in %s\n", sumUp(rows, summary.Totals, summary.DryRun), elapsed)
	explainDifference(summary, status, given, stdout)
	explainFound(rows, summary, stdout)
	if summary.Slowed != "" {
		fmt.Fprintf(stdout, "The site came first (site-guard/mode=off, or another site-guard/latency, changes that). At its slowest: %s\n", board.Clean(summary.Slowed))
	}
	if summary.DryRun && summary.Phase == workflows.PhaseCompleted {
		explainDryRun(summary, status, elapsed, stdout)
	}
	if link := connected.link(id); link != "" {
		fmt.Fprintf(stdout, "In Temporal's Web UI: %s\n", link)
	}
	switch {
	case summary.Phase == workflows.PhaseCancelled && (status.File != nil || !status.Part().Whole()):
		fmt.Fprintf(stderr, "The migration was cancelled; start it again with the same %s: it begins with the first, and the ledger knows which are done.\n", rows.Many)
	case summary.Phase == workflows.PhaseCancelled:
		fmt.Fprintf(stderr, "The migration was cancelled; start it again to go on from where it was, with --reset to begin anew.\n")
	case failureOf(summary) != nil && !summary.DryRun && !summary.Barred:
		fmt.Fprintf(stderr, "What is migrated stays so; the next start goes on from where the run was.\n")
	}
	if summary.Unnoted != "" {
		fmt.Fprintf(stderr, "The run has ended, but %s.\n", board.Clean(unnoted(summary.Unnoted)))
	}
	explainNeededAgain(rows, summary, given, stderr)
	explainLeft(rows, summary, given, stderr)
	explainFailures(rows, summary, given, stderr)
	explainRefused(rows, summary.Preview, stderr)
}

// explainNeededAgain says why rows that need it were left as they are.
func explainNeededAgain(rows noun.Noun, summary workflows.Summary, given *flags, stderr io.Writer) {
	if summary.NeededAgain > 0 {
		fmt.Fprintf(stderr, "%s needed again what an earlier run has done already, as the ledger says: they were changed back, or other rows have the same keys now, or the check does not ask for what migrate does (then mend the check). Nothing was written to them. To migrate them once more: %s --again\n",
			rows.Count(summary.NeededAgain), given.forReal().again(""))
	}
}

// explainLeft says what the table has left after all, and what to do.
func explainLeft(rows noun.Noun, summary workflows.Summary, given *flags, stderr io.Writer) {
	if summary.Left == 0 {
		return
	}
	fmt.Fprintf(stderr, "%s left: %s.\n", rows.Count(summary.Left), board.Clean(summary.LeftCause))
	for _, key := range summary.LeftKeys {
		fmt.Fprintf(stderr, "  %s %s\n", rows.One, board.Clean(key.String()))
	}
	if more := summary.Left - int64(len(summary.LeftKeys)); more > 0 && len(summary.LeftKeys) > 0 {
		fmt.Fprintf(stderr, "  and %s more\n", humanize.Comma(more))
	}
	switch summary.LeftKind {
	case workflows.LeftUnmet:
		fmt.Fprintf(stderr, `Each of them is migrated, once, and stands in the ledger. Do not use --again: it would migrate them a second time.
Make the check ask for what migrate does, so that a migrated row does not satisfy it any more (check: ... AND new_column IS NULL). If no condition
can tell that, leave the check out, and say in customer-scanner/where which rows are meant.
Only if somebody has set all of them back meanwhile (a restore, a job of the site's), migrate them once more: %s --again
`, given.again(""))
	case workflows.LeftUndone:
		fmt.Fprintf(stderr, "Look at one of them: %s\nIf it has what migrate writes, mend the check, so that a migrated row does not satisfy it. If somebody has changed it back, find out who; then migrate such rows once more: %s --again\n", given.again("row KEY"), given.again(""))
	case workflows.LeftUnsure:
		fmt.Fprintf(stderr, `Look at some of them. If they lack the change, this migrates them: %s --same-ledger
If they have it, that would migrate them a second time. First restore the ledger's rows, or give the migration a check that leaves out what is
migrated, and start with --same-ledger.
`, given.again(""))
	case workflows.LeftRewritten:
		fmt.Fprintf(stderr, "The check, or the migration's function, tells which of them need it. To migrate these: %s --again\n", given.again(""))
	case workflows.LeftLost, workflows.LeftLate:
		fmt.Fprintf(stderr, "The next start finds and migrates them: %s\n", given.again(""))
	default:
		fmt.Fprintf(stderr, "Look at one of them, and at what the site does to it. Then start it once more: %s\n", given.again(""))
	}
}

// explainFound says what the look at the table has found.
func explainFound(rows noun.Noun, summary workflows.Summary, stdout io.Writer) {
	if summary.Lost > 0 && summary.LeftKind != workflows.LeftLost && summary.LeftKind != workflows.LeftUnsure {
		fmt.Fprintf(stdout, "The ledger had lost %s that this run had entered: the database took back commits that it had confirmed, or somebody deleted rows of the ledger.\n", counted(int(summary.Lost), "row"))
	}
	if summary.Late > 0 && summary.LeftKind != workflows.LeftLate {
		fmt.Fprintf(stdout, "While the run was ending, the site made or changed %s so that they need it: your application must fill them. A later start migrates them.\n", rows.Count(summary.Late))
	}
	if summary.Again > 0 {
		fmt.Fprintf(stdout, "The check of the table at the end found %s that still needed migrating; they were tried again.\n", rows.Count(summary.Again))
	}
}

func explainDifference(summary workflows.Summary, status workflows.Status, given *flags, stdout io.Writer) {
	switch {
	case given.retry && summary.Scanned == 0 && summary.Phase == workflows.PhaseCompleted:
		fmt.Fprintf(stdout, "No %s stands as failed: there was nothing to retry. A start without retry migrates all that need it.\n", status.Rows().One)
	case status.File != nil && summary.Vanished > 0:
		fmt.Fprintf(stdout, "No %s was found for %s of the file.\n", status.Rows().One, count(int(summary.Vanished), "id", "ids"))
	case summary.Appeared+summary.Vanished > 0:
		fmt.Fprintf(stdout, "While it ran, %s appeared and %s vanished.\n", status.Rows().Count(summary.Appeared), humanize.Comma(summary.Vanished))
	}
}

func explainFailures(rows noun.Noun, summary workflows.Summary, given *flags, stderr io.Writer) {
	if summary.Failed == 0 {
		return
	}
	if summary.DryRun {
		fmt.Fprintf(stderr, "%s would be refused, for example:\n", rows.Count(summary.Failed))
		for _, customer := range summary.Refused {
			fmt.Fprintf(stderr, "  %s %s: %s\n", rows.One, board.Clean(customer.Key.String()), board.Clean(customer.Error))
		}
		return
	}
	fmt.Fprintf(stderr, "%s failed; the next start tries them again. Which ones, and why: %s\n", rows.Count(summary.Failed), given.again("failures"))
}
