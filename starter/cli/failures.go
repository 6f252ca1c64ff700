package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/database"
)

// failurePage is how many rows that failed are asked for at once: their errors
// travel in one answer, which Temporal bounds to 2 MB.
const failurePage = 200

// listing is what of the failures is wanted, and how.
type listing struct {
	limit       int
	text, since string
	// from is since as a time.
	from time.Time
}

// failuresCommand lists the rows that failed: the database's own client is
// not everybody's.
func failuresCommand(given *flags, terminal streams) *cobra.Command {
	var wanted listing
	command := &cobra.Command{
		Use:   "failures" + nameUse,
		Short: "Lists the rows that failed, each with the error and the number of attempts",
		RunE: func(command *cobra.Command, arguments []string) error {
			given.forms = []string{outputCSV, outputIDs}
			if err := wanted.check(time.Now()); err != nil {
				return err
			}
			if !command.Flags().Changed("limit") && slices.Contains([]string{outputCSV, outputIDs, outputJSON}, given.output) {
				wanted.limit = 0 // a program would take a part for the whole
			}
			return withTarget(given, terminal, func(ctx context.Context, t *target) error {
				return t.ledger(terminal).listFailures(ctx, wanted)
			})(command, arguments)
		},
	}
	command.Flags().IntVar(&wanted.limit, "limit", 100, "`number` of rows at most; 0: all, as without it in csv, ids and json")
	command.Flags().StringVar(&wanted.text, "error", "", "only those whose error contains this `text`")
	command.Flags().StringVar(&wanted.since, "since", "", "only those that failed at this `time` or later: 2h, 30m, 2026-05-01, 2026-05-01T14:30")
	return command
}

func (l *listing) check(now time.Time) error {
	if l.limit < 0 {
		return usage("--limit: it must be 0, for all, or more, not %d", l.limit)
	}
	from, err := sinceTime(l.since, now)
	if err != nil {
		return usage("--since: %w", err)
	}
	l.from = from
	return nil
}

// sinceTime is the time that somebody means: a span before now, or a time of the day
// here.
func sinceTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if span, err := time.ParseDuration(text); err == nil && span >= 0 {
		return now.Add(-span), nil
	}
	if full, err := time.Parse(time.RFC3339, text); err == nil {
		return full, nil
	}
	for _, form := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if local, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return local, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a span of time, like 2h or 30m, nor a time, like 2026-05-01 or 2026-05-01T14:30", text)
}

// listFailures lists the rows in the order of their keys.
func (t *ledgerTarget) listFailures(ctx context.Context, wanted listing) error {
	letters, err := t.allFailures(ctx, wanted)
	if err != nil {
		return err
	}
	slices.SortFunc(letters, func(a, b database.DeadLetter) int { return compareKeys(a.Key, b.Key) })
	shown := letters
	if wanted.limit > 0 {
		shown = letters[:min(wanted.limit, len(letters))]
	}
	if err := t.printFailures(shown); err != nil {
		return err
	}
	t.endFailures(len(shown), len(letters)-len(shown), wanted)
	return nil
}

// allFailures asks a worker for the rows, page by page.
func (t *ledgerTarget) allFailures(ctx context.Context, wanted listing) ([]database.DeadLetter, error) {
	var all []database.DeadLetter
	for request := (activities.FailureRequest{Limit: failurePage, Error: wanted.text, Since: wanted.from}); ; {
		page, err := t.failures(ctx, request)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Letters...)
		if request.After = page.Next; page.Next == nil {
			return all, nil
		}
	}
}

// compareKeys compares column by column, numbers as numbers.
func compareKeys(a, b database.Key) int {
	return slices.CompareFunc(a, b, func(one, other string) int {
		first, err := strconv.ParseInt(one, 10, 64)
		second, failed := strconv.ParseInt(other, 10, 64)
		if err != nil || failed != nil {
			return strings.Compare(one, other)
		}
		return int(max(-1, min(1, first-second)))
	})
}

func (t *ledgerTarget) failures(ctx context.Context, request activities.FailureRequest) (activities.FailureList, error) {
	asked := question{activity: "ListFailures", summary: "Which rows failed?", doing: "list the rows that failed", input: request}
	var list activities.FailureList
	if err := asked.ask(ctx, t.connection, t.given, &list); err != nil {
		return list, err
	}
	t.name(&list.Fingerprint.Target)
	t.adopt(list.Fingerprint)
	t.rows = list.Fingerprint.Rows()
	if err := sameMigration(migrationName(t.configuration), list.Fingerprint, list.Worker); err != nil {
		return list, err
	}
	return list, t.samePlace(ctx, list.Fingerprint)
}

// adopt takes the migration that the worker serves, if the command line names none.
func (t *ledgerTarget) adopt(served activities.Fingerprint) {
	if !t.given.named(t.configuration) {
		t.given.name, t.configuration.CustomerMigrator.Migration = served.Migration, served.Migration
	}
}

// printFailures prints the rows in the form that is asked for.
func (t *ledgerTarget) printFailures(letters []database.DeadLetter) error {
	switch t.given.output {
	case outputJSON:
		encoder := json.NewEncoder(t.terminal.out)
		for _, letter := range letters {
			if err := encoder.Encode(letter); err != nil {
				return err
			}
		}
		return nil
	case outputCSV:
		return t.printCSV(letters)
	case outputIDs:
		return t.printIDs(letters)
	}
	for _, letter := range letters {
		_, err := fmt.Fprintf(t.terminal.out, "%s %s (%s): %s\n", t.rows.One, board.Clean(letter.Key.String()), counted(letter.Attempts, "attempt"), board.Clean(letter.Error))
		if err != nil {
			return err
		}
	}
	return nil
}

// printCSV prints a table; columns of a key have a tab between them, as with --from.
func (t *ledgerTarget) printCSV(letters []database.DeadLetter) error {
	table := csv.NewWriter(t.terminal.out)
	rows := [][]string{{"key", "error", "attempts", "run", "failed_at"}}
	for _, letter := range letters {
		rows = append(rows, []string{strings.Join(letter.Key, "\t"), letter.Error, strconv.Itoa(letter.Attempts), strconv.FormatInt(letter.Run, 10), letter.FailedAt.UTC().Format(time.RFC3339)})
	}
	return table.WriteAll(rows)
}

// printIDs prints lines for --file. A key that no line can hold is told, and left out.
func (t *ledgerTarget) printIDs(letters []database.DeadLetter) error {
	var problems []error
	for _, letter := range letters {
		line := strings.Join(letter.Key, "\t")
		if strings.ContainsAny(line, "\r\n") || strings.TrimSpace(line) == "" || len(letter.Key) > 1 && strings.Count(line, "\t") != len(letter.Key)-1 {
			problems = append(problems, fmt.Errorf("the key %q cannot stand on a line of its own, and is left out; starter retry tries it, too", letter.Key.String()))
			continue
		}
		if _, err := fmt.Fprintln(t.terminal.out, line); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return &exitError{exitFailed, errors.Join(problems...)}
	}
	return nil
}

// endFailures says how many failed, and what becomes of them.
func (t *ledgerTarget) endFailures(listed, more int, wanted listing) {
	name := migrationName(t.configuration)
	switch {
	case t.given.output == outputJSON || t.given.output == outputCSV || t.given.output == outputIDs:
		if more > 0 {
			fmt.Fprintf(t.terminal.err, "These are the first %s of %s: --limit 0 lists all.\n", humanize.Comma(int64(listed)), humanize.Comma(int64(listed+more)))
		}
	case listed == 0 && (wanted.text != "" || wanted.since != ""):
		fmt.Fprintf(t.terminal.out, "No %s of migration %s that is noted as failed fits --error and --since.\n", t.rows.One, name)
	case listed == 0:
		fmt.Fprintf(t.terminal.out, "No %s of migration %s is noted as failed.\n", t.rows.One, name)
	case more > 0:
		fmt.Fprintf(t.terminal.out, "\nThese are the first %s, and there are more: --limit 0 lists all.\n", humanize.Comma(int64(listed)))
	case t.run.isOpen():
		fmt.Fprintf(t.terminal.out, "\n%s of migration %s failed so far. %sAfter the run's end the next start tries them again; only them: %s\n", t.rows.Count(int64(listed)), name, t.resumption(), t.given.again("retry"))
	default:
		fmt.Fprintf(t.terminal.out, "\n%s of migration %s failed. The next start tries them again; only them: %s\n", t.rows.Count(int64(listed)), name, t.given.again("retry"))
	}
}
