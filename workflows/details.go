package workflows

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/database"
	"db-migrate/internal/noun"
)

// details is the status as a Markdown table, for Temporal's Web UI.
func details(status Status, now time.Time) string {
	var parts []string
	write := func(format string, arguments ...any) { parts = append(parts, fmt.Sprintf(format, arguments...)) }
	migrated, rows := "Migrated", status.Rows()
	if status.DryRun {
		migrated = "Migration needed"
	}
	write("### %s on %s: %s\n\n", status.Migration, status.Target, status.Phase)
	if part := status.Part(); !part.Whole() {
		write("%s %s, both included\n\n", noun.Title(rows.Many), part)
	}
	write("| | %s |\n|---|---:|\n", rows.Many)
	row := func(name string, value int64) { write("| %s | %s |\n", name, humanize.Comma(value)) }
	row("Scanned", status.Totals.Scanned)
	row("of about", max(status.Scanner.Estimate, status.Totals.Scanned))
	row(migrated, status.Totals.Migrated)
	row("Previously migrated", status.Totals.Skipped)
	row("Migrated before, and needed again", status.Totals.NeededAgain)
	row("Failed", status.Totals.Failed)
	row("Waiting for another attempt", int64(status.Troubled))
	row("Appeared since the scan", status.Totals.Appeared)
	row("Vanished since the scan", status.Totals.Vanished)
	busy := 0
	for _, process := range status.Processes {
		if process.Busy {
			busy++
		}
	}
	write("\n%d of %d processes are busy; scanner %s, %s of %s in the buffer.\n", busy, len(status.Processes),
		status.Scanner.State, humanize.Comma(int64(status.Scanner.Buffered)), rows.Count(int64(status.Scanner.Capacity)))
	if status.Rate > 0 {
		write("\n**Limited** to %s %s a second.\n", humanize.Commaf(status.Rate), rows.Many)
	}
	if status.Scanner.State == ScannerClosing && status.Reason == "" {
		write("\nAll that was found is done. **Checking that nothing is left**, inside of the database.\n")
	}
	remarks(write, status)
	write("\nas of %s, started %s\n", now.UTC().Format("15:04:05 UTC"), status.StartedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	return strings.Join(parts, "")
}

// remarks are what stands out, a paragraph each.
func remarks(write func(format string, arguments ...any), status Status) {
	if status.Left > 0 {
		write("\n**%s:** %s\n", areLeft(status.Rows(), status.Left), asTyped(status.LeftCause))
	}
	if status.Beside != nil && status.Beside.Words != "" {
		write("\n**%s**\n", status.Beside.Words)
	}
	for _, words := range []string{LockedWords(status), RefusedWords(status), UncountedWords(status)} {
		if words != "" {
			write("\n**%s**\n", words)
		}
	}
	for _, reason := range []struct{ of, text string }{{"Paused", status.PauseReason}, {"Cancelled", status.CancelReason},
		{"Failed", status.Reason}, {"The end could not be noted in the database", status.Unnoted}} {
		if reason.text != "" {
			write("\n**%s:** %s\n", reason.of, asTyped(reason.text))
		}
	}
}

// option is one of a command line's.
var option = regexp.MustCompile(`--[a-z][a-z-]*`)

// asTyped marks options as code: Markdown makes one dash of the two that are to be typed.
func asTyped(text string) string { return option.ReplaceAllString(text, "`$0`") }

// LockedWords say of batches that keep meeting locked rows what they meet; empty: they do
// not.
func LockedWords(status Status) string {
	if status.Contended <= 1 || status.Phase == PhasePaused { // then nothing is tried
		return ""
	}
	met := status.Locked
	words := "rows stay locked, or statements take longer than customer-migrator/statement-timeout; they are tried again"
	switch {
	case met == nil || met.Error == "":
		return words
	case met.Alone:
		words = status.Rows().Many + " are refused by errors that speak of other sessions, and none is known to be in their way; they are tried again"
	}
	if met.Key != nil {
		return fmt.Sprintf("%s (%s %s: %s)", words, status.Rows().One, cut(met.Key), met.Error)
	}
	return fmt.Sprintf("%s (%s)", words, met.Error)
}

// RefusedWords say what becomes of the row that was refused for others' sake most often.
func RefusedWords(status Status) string {
	met := status.RefusedRow
	if met == nil || met.Tries <= 1 {
		return ""
	}
	next := "another session is in its way, and it is tried again until that is gone"
	if met.Alone {
		next = fmt.Sprintf("no other session is known to be in its way; after %d tries and a minute it counts as failed", aloneTries)
	}
	return fmt.Sprintf("%s %s was refused %d times: %s (%s)", status.Rows().One, cut(met.Key), met.Tries, met.Error, next)
}

// UncountedWords say of a paused run that its totals may leave something out; empty: they
// do not. A dry run leaves nothing behind that could be counted.
func UncountedWords(status Status) string {
	if !status.Uncounted || status.DryRun || status.Phase != PhasePaused {
		return ""
	}
	return fmt.Sprintf("the last %s that a lost worker migrated may not be counted yet; they are, once the run goes on", status.Rows().Many)
}

// areLeft says how many rows are left.
func areLeft(rows noun.Noun, left int64) string {
	if left == 1 {
		return rows.Count(left) + " is left"
	}
	return rows.Count(left) + " are left"
}

// batchSummary is how the Web UI names a batch.
func batchSummary(rows noun.Noun, parts []database.Range) string {
	first, last := parts[0], parts[len(parts)-1]
	counted := rows.Count(int64(countCustomers(parts)))
	switch {
	case first.Bytes != nil && last.Bytes != nil:
		return fmt.Sprintf("%s by id, bytes %s to %s of the file", counted, humanize.Comma(first.Bytes.From), humanize.Comma(last.Bytes.To))
	case first.Explicit() && len(first.Keys) == 1 && len(parts) == 1:
		return rows.One + " " + cut(first.Keys[0])
	case first.Explicit():
		return counted + " by id, " + cut(first.Keys[0]) + " …"
	case last.UpTo == nil:
		return counted + " by id"
	case !connected(parts):
		return fmt.Sprintf("%s of %d ranges", counted, len(parts))
	case len(parts) == 1 && first.Customers == 1:
		return rows.One + " " + cut(last.UpTo)
	case first.After == nil:
		return counted + " up to " + cut(last.UpTo)
	}
	return counted + " after " + cut(first.After) + " up to " + cut(last.UpTo)
}

func customerSummary(rows noun.Noun, customer TroubledCustomer, limits Limits) string {
	return fmt.Sprintf("%s %s, attempt %d of %d", rows.One, cut(customer.Key), customer.Attempts+1, limits.Attempts)
}

func scanSummary(after database.Key) string {
	if after == nil {
		return "scan from the beginning"
	}
	return "scan after " + cut(after)
}

// summaryKey bounds a key in a summary: Temporal takes 400 bytes in all.
const summaryKey = 60

func cut(key database.Key) string {
	if runes := []rune(key.String()); len(runes) > summaryKey {
		return string(runes[:summaryKey]) + "…"
	}
	return key.String()
}
