package cli

import (
	"fmt"
	"io"

	"github.com/dustin/go-humanize"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/workflows"
)

// explainDryRun says what a dry run has found: a few customers before and after,
// how long a migration takes at least, or that nothing is left to do.
func explainDryRun(summary workflows.Summary, status workflows.Status, elapsed string, output io.Writer) {
	if summary.Migrated == 0 && summary.Failed == 0 && summary.NeededAgain == 0 {
		fmt.Fprintf(output, "Verified: none of %s customers needs to be migrated.\n", humanize.Comma(summary.Skipped))
		return
	}
	if len(summary.Samples) > 0 {
		fmt.Fprintf(output, "\n%d of them, before and after:\n", len(summary.Samples))
		for _, sample := range summary.Samples {
			printSample(sample, output)
		}
	}
	if summary.Migrated == 0 {
		return
	}
	fmt.Fprintf(output, "\n%s\n", estimate(summary, status, elapsed))
}

func printSample(sample activities.Sample, output io.Writer) {
	fmt.Fprintf(output, "  customer %s\n", board.Clean(sample.Key.String()))
	if len(sample.Columns) == 0 {
		fmt.Fprintln(output, "    needs to be migrated (its new values are known only once the SQL has run)")
	}
	for _, column := range sample.Columns {
		if column.Before == column.After {
			fmt.Fprintf(output, "    %-18s %s\n", column.Name, column.Before)
			continue
		}
		fmt.Fprintf(output, "    %-18s %s → %s\n", column.Name, column.Before, column.After)
	}
}

// estimate is a lower bound: a dry run has read and checked, and written nothing.
func estimate(summary workflows.Summary, status workflows.Status, elapsed string) string {
	text := "Reading and checking took " + elapsed + "; a migration takes longer than that, since it writes."
	if status.Rate > 0 {
		text += fmt.Sprintf(" Its rate is limited to %s.", rateText(status.Rate))
	}
	return text + fmt.Sprintf(" It would write %s customers; nothing has been written.", humanize.Comma(summary.Migrated))
}
