package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/board"
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
	fmt.Fprintf(stdout, "\n%s in %s\n", sumUp(summary.Totals, summary.DryRun), elapsed)
	explainDifference(summary, status, stdout)
	if summary.DryRun && summary.Phase == workflows.PhaseCompleted {
		explainDryRun(summary, status, elapsed, stdout)
	}
	if link := connected.link(id); link != "" {
		fmt.Fprintf(stdout, "In Temporal's Web UI: %s\n", link)
	}
	switch {
	case summary.Phase == workflows.PhaseCancelled && (status.File != nil || !status.Part().Whole()):
		fmt.Fprintf(stderr, "The migration was cancelled; start it again with the same customers: it begins with the first, and the ledger knows who is done.\n")
	case summary.Phase == workflows.PhaseCancelled:
		fmt.Fprintf(stderr, "The migration was cancelled; start it again to go on from where it was, with --reset to begin anew.\n")
	case failureOf(summary) != nil && !summary.DryRun:
		fmt.Fprintf(stderr, "What is migrated stays so; the next start goes on from where the run was.\n")
	}
	if summary.Unnoted != "" {
		fmt.Fprintf(stderr, "The run has ended, but %s.\n", board.Clean(unnoted(summary.Unnoted)))
	}
	explainNeededAgain(summary, given, stderr)
	explainLeft(summary, given, stderr)
	explainFailures(summary, given, stderr)
}

// explainNeededAgain says why rows that need it were left as they are.
func explainNeededAgain(summary workflows.Summary, given *flags, stderr io.Writer) {
	if summary.NeededAgain > 0 {
		fmt.Fprintf(stderr, "%s needed again what an earlier run has done already, by the ledger: changed back since, or other rows under the same keys. Nothing was written to them. To migrate them once more: %s --again\n",
			counted(int(summary.NeededAgain), "customer"), given.again(""))
	}
}

// explainLeft says what the table has left after all.
func explainLeft(summary workflows.Summary, given *flags, stderr io.Writer) {
	if summary.Left == 0 {
		return
	}
	fmt.Fprintf(stderr, "%s left: %s.\n", counted(int(summary.Left), "customer"), summary.LeftCause)
	for _, key := range summary.LeftKeys {
		fmt.Fprintf(stderr, "  customer %s\n", key)
	}
	fmt.Fprintf(stderr, "Start it once more: %s\n", given.again(""))
}

func explainDifference(summary workflows.Summary, status workflows.Status, stdout io.Writer) {
	switch {
	case status.File != nil && summary.Vanished > 0:
		fmt.Fprintf(stdout, "No customer was found for %s ids of the file.\n", humanize.Comma(summary.Vanished))
	case summary.Appeared+summary.Vanished > 0:
		fmt.Fprintf(stdout, "While it ran, %s customers appeared and %s vanished.\n", humanize.Comma(summary.Appeared), humanize.Comma(summary.Vanished))
	}
}

func explainFailures(summary workflows.Summary, given *flags, stderr io.Writer) {
	if summary.Failed == 0 {
		return
	}
	if summary.DryRun {
		fmt.Fprintf(stderr, "%s customers would be refused, for example:\n", humanize.Comma(summary.Failed))
		for _, customer := range summary.Refused {
			fmt.Fprintf(stderr, "  customer %s: %s\n", customer.Key, customer.Error)
		}
		return
	}
	fmt.Fprintf(stderr, "%s failed; the next start tries them again. Who they are, and why: %s\n", counted(int(summary.Failed), "customer"), given.again("failures"))
}
