package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"db-migrate/activities"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// production is the environment whose runs must be confirmed.
const production = "production"

// confirm asks before a migration of production is started. What it shows comes
// from the worker that will do it.
func confirm(ctx context.Context, given *flags, settings workflows.Settings, inspection activities.Inspection, terminal streams) error {
	if settings.Environment != production || settings.DryRun || given.yes {
		if inspection.Where != "" {
			fmt.Fprintf(terminal.err, "the worker takes only rows of which this is true (customer-scanner/where): %s\n", inspection.Where)
		}
		return nil
	}
	fmt.Fprint(terminal.err, announcement(settings, inspection))
	return assent{word: production, to: "start", nothing: "nothing was started", what: production}.get(ctx, terminal)
}

// assent is a word that somebody has to type on the terminal.
type assent struct {
	word string
	// to is what it is for, what names what must be confirmed, and nothing says
	// what did not happen without it.
	to, what, nothing string
}

func (a assent) get(ctx context.Context, terminal streams) error {
	if !interactive(terminal.in) {
		return usage("%s: %s must be confirmed, and there is no terminal to ask on; add --yes to %s without asking", a.nothing, a.what, a.to)
	}
	fmt.Fprintf(terminal.err, "Type %s to %s, anything else to leave it: ", a.word, a.to)
	answer, err := ask(ctx, terminal.in)
	if err != nil {
		fmt.Fprintf(terminal.err, "\n%s.\n", strings.ToUpper(a.nothing[:1])+a.nothing[1:])
		return &exitError{exitInterrupted, errQuiet}
	}
	if answer != a.word {
		return usage("%s: %q is not %s", a.nothing, answer, a.word)
	}
	return nil
}

func announcement(settings workflows.Settings, inspection activities.Inspection) string {
	target, limits, rows := inspection.Fingerprint.Target, settings.Limits, inspection.Fingerprint.Rows()
	var text strings.Builder
	row := func(name, format string, arguments ...any) {
		fmt.Fprintf(&text, "  %-11s %s\n", name, fmt.Sprintf(format, arguments...))
	}
	fmt.Fprintf(&text, "This is production. It will do this:\n")
	row("migration", "%s, definition %s", inspection.Fingerprint.Migration, inspection.Fingerprint.Definition)
	if target.Host != "" {
		row("host", "%s", target.Host)
	}
	row("database", "%s %s, table %s", target.Driver, target.Database, target.Table)
	row(rows.Many, "%s", chosenRows(settings, inspection))
	if part := settings.Part(); !part.Whole() {
		row("part", "%s, both included", part)
	}
	if inspection.Where != "" {
		row("only where", "%s", inspection.Where)
	}
	beyond := "pauses"
	if settings.FailFast {
		beyond = "ends (--fail-fast)"
	}
	row("limits", "%d processes, batches of %s, %s, %s after %s failures", limits.Processes, limits.BatchTime,
		rateText(rows, limits.Rate), beyond, humanize.Comma(int64(limits.FailureLimit)))
	for _, asked := range []struct {
		is         bool
		name, does string
	}{
		{settings.Reset, "reset", "the paging state of a prior run is discarded"},
		{settings.Again, "again", rows.Many + " that an earlier run has migrated are migrated once more, if they need it"},
		{settings.SameLedger, "same-ledger", "it goes on although the migration's definition changed"},
		{settings.TakeOver, "take-over", "the table is taken over from an overseer that is gone for good"},
	} {
		if asked.is {
			row(asked.name, "%s", asked.does)
		}
	}
	row("worker", "%s", inspection.Worker)
	return text.String()
}

// chosenRows says how many rows a run is about, and which.
func chosenRows(settings workflows.Settings, inspection activities.Inspection) string {
	switch {
	case settings.File != nil:
		return fmt.Sprintf("%s of the file %s", humanize.Comma(settings.File.Customers), settings.File)
	case settings.Retry:
		return fmt.Sprintf("those that failed in earlier runs, of about %s in the table", humanize.Comma(inspection.Estimate))
	}
	return "about " + humanize.Comma(inspection.Estimate)
}

func rateText(rows noun.Noun, rate float64) string {
	if rate == 0 {
		return "no limit of rate"
	}
	return humanize.Commaf(rate) + " " + rows.Many + " a second"
}

func interactive(input io.Reader) bool {
	file, isFile := input.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// ask reads one line. The reader is left behind when ctx ends: the program does
// then too.
func ask(ctx context.Context, input io.Reader) (string, error) {
	type reply struct {
		line string
		err  error
	}
	answered := make(chan reply, 1)
	go func() {
		line, err := bufio.NewReader(input).ReadString('\n')
		answered <- reply{strings.TrimSpace(line), err}
	}()
	select {
	case got := <-answered:
		return got.line, got.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
