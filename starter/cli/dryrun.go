package cli

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// explainDryRun says what a dry run has found: a few rows before and after,
// how long a migration takes, or that nothing is left to do.
func explainDryRun(summary workflows.Summary, status workflows.Status, elapsed string, output io.Writer) {
	if summary.Migrated == 0 && summary.Failed == 0 && summary.NeededAgain == 0 {
		fmt.Fprintf(output, "Verified: none of %s needs to be migrated.\n", status.Rows().Count(summary.Skipped))
		return
	}
	if summary.Preview != nil {
		printPreview(status.Rows(), *summary.Preview, output)
	}
	if summary.Migrated == 0 {
		return
	}
	fmt.Fprintf(output, "\n%s\n", estimate(summary, status, elapsed))
}

// printPreview shows rows before and after.
func printPreview(rows noun.Noun, preview activities.Preview, output io.Writer) {
	switch {
	case preview.Unable != "":
		fmt.Fprintf(output, "\nNo row was written and undone: %s.\n", board.Clean(preview.Unable))
	case preview.Rows > 0:
		done := "migrated"
		if preview.Refused > 0 {
			done = "tried"
		}
		fmt.Fprintf(output, "\n%s %s and undone again: from the table's beginning, its end and between.\n", count(preview.Rows, "row was", "rows were"), done)
	}
	if len(preview.Samples) > 0 {
		fmt.Fprintf(output, "\n%d of them, before and after:\n", len(preview.Samples))
	}
	for _, sample := range preview.Samples {
		printSample(rows, sample, output)
	}
	if preview.Left > 0 {
		fmt.Fprintf(output, "\n%s: the statement's own conditions leave such rows out. With a check, they would not be counted below.\n",
			count(preview.Left, "row that was tried would stay as it is", "rows that were tried would stay as they are"))
	}
	if preview.Locked > 0 {
		fmt.Fprintf(output, "\n%s locked by others, or took too long, and can show nothing now.\n", count(preview.Locked, "row was", "rows were"))
	}
}

// explainRefused says which of the rehearsed rows would fail.
func explainRefused(rows noun.Noun, preview *activities.Preview, stderr io.Writer) {
	if preview == nil {
		return
	}
	if preview.Broken != "" {
		fmt.Fprintf(stderr, "The database refuses the migration, whatever the row: %s\n", board.Clean(preview.Broken))
	}
	if preview.Refused > 0 {
		fmt.Fprintf(stderr, "%s of %s that were tried would fail:\n", humanize.Comma(int64(preview.Refused)), counted(preview.Rows, "row"))
	}
	for _, failure := range preview.Failures {
		fmt.Fprintf(stderr, "  %s %s: %s\n", rows.One, board.Clean(failure.Key.String()), board.Clean(failure.Error))
	}
}

func printSample(rows noun.Noun, sample activities.Sample, output io.Writer) {
	fmt.Fprintf(output, "  %s %s\n", rows.One, board.Clean(sample.Key.String()))
	switch {
	case sample.Gone:
		fmt.Fprintln(output, "    afterwards there is no row of this key: it was deleted, or has another key")
		return
	case len(sample.Columns) == 0:
		fmt.Fprintln(output, "    needs to be migrated; no column of this table shows it")
	}
	for _, column := range sample.Columns {
		name := board.Clean(column.Name)
		if column.Before == column.After {
			fmt.Fprintf(output, "    %-18s %s\n", name, column.Before)
			continue
		}
		fmt.Fprintf(output, "    %-18s %s → %s\n", name, column.Before, column.After)
	}
}

// estimate is how long the migration may take: as long as the dry run, which has read
// and checked, and the time to write each row, as measured with a few of them.
func estimate(summary workflows.Summary, status workflows.Status, elapsed string) string {
	verb := "write"
	if summary.Preview.Fails() {
		verb = "try"
	}
	text := fmt.Sprintf("The migration would %s %s; nothing has been written. ", verb, status.Rows().Count(summary.Migrated))
	measured := summary.Preview != nil && summary.Preview.Set > 0
	if !measured {
		text += "Reading and checking took " + elapsed + "; a migration takes longer than that, since it writes."
	} else {
		preview := summary.Preview
		seconds := summary.ElapsedSeconds + preview.Held.Seconds()/float64(preview.Set)*float64(summary.Migrated)
		text += fmt.Sprintf("It takes about %s at full speed.\nThat is an estimate: reading and checking took %s, and writing %s together took %s; a busy site makes it longer.",
			aboutTime(seconds), elapsed, counted(preview.Set, "row"), roundTime(preview.Held))
	}
	if status.Rate > 0 {
		text += fmt.Sprintf("\nIts rate is limited to %s: with that it takes %s at least.", rateText(status.Rows(), status.Rate), aboutTime(float64(summary.Migrated)/status.Rate))
	}
	return text
}

func roundTime(measured time.Duration) time.Duration {
	return measured.Round(max(10*time.Microsecond, measured.Round(time.Millisecond)/100))
}

// aboutTime is a time as people say it.
func aboutTime(seconds float64) string {
	round := func(unit float64) int { return int(math.Round(seconds / unit)) }
	switch {
	case seconds < 1.5:
		return "a second"
	case seconds < 90:
		return fmt.Sprintf("%d seconds", round(1))
	case seconds < 90*60:
		return fmt.Sprintf("%d minutes", round(60))
	case seconds < 36*3600:
		return fmt.Sprintf("%d hours", round(3600))
	}
	return fmt.Sprintf("%s days", humanize.Comma(int64(round(24*3600))))
}
