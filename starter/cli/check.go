package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/database"
)

func checkCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{Use: "check" + keysUse, Short: "Checks the table, the query plans and the side effects, then exits",
		RunE: func(command *cobra.Command, arguments []string) error {
			given.check = true
			return runMigration(command.Context(), given, arguments, terminal)
		}}
}

// checkTable shows what a worker sees of the live table, and starts nothing.
func checkTable(ctx context.Context, temporal *connection, given *flags, configuration *config.Configuration, terminal streams) error {
	asked := question{activity: "ExamineTable", summary: "What does the worker see of the live table?", doing: "look at its table",
		input: activities.ExaminationRequest{SameLedger: given.sameLedger, Again: given.againToo}}
	var check activities.Check
	if err := asked.ask(ctx, temporal, given, &check); err != nil {
		return err
	}
	temporal.name(&check.Fingerprint.Target)
	if err := sameMigration(migrationName(configuration), check.Fingerprint, check.Worker); err != nil {
		return err
	}
	if err := given.sameDefinition(configuration, check.Inspection); err != nil {
		return err
	}
	if given.output == outputJSON {
		if err := json.NewEncoder(terminal.out).Encode(check); err != nil {
			return err
		}
	} else {
		printCheck(check, terminal.out)
	}
	if len(check.Examination.Problems) > 0 {
		return &exitError{exitFailed, errQuiet}
	}
	return nil
}

// sameMigration: the starter and the worker must be about the same migration.
func sameMigration(name string, its activities.Fingerprint, worker string) error {
	if its.Migration == name {
		return nil
	}
	return usage("customer-migrator/migration is %s here, but the worker (%s) serves %s; give both the same configuration", name, worker, its.Migration)
}

func printCheck(check activities.Check, output io.Writer) {
	seen, target := check.Examination, check.Fingerprint.Target
	row := func(name, format string, arguments ...any) {
		fmt.Fprintf(output, "%-11s %s\n", name, fmt.Sprintf(format, arguments...))
	}
	row("migration", "%s, definition %s", check.Fingerprint.Migration, check.Fingerprint.Definition)
	row("table", "%s", target)
	if check.Where != "" {
		row("only where", "%s", check.Where)
	}
	if seen.Key != nil {
		row(check.Fingerprint.Rows().Many, "about %s", humanize.Comma(check.Estimate))
		row("key", "%s", strings.Join(seen.Key, ", ")+by(seen.Index))
	}
	if seen.Ledger != "" {
		row("ledger", "%s", seen.Ledger)
	}
	row("worker", "%s", check.Worker)
	for _, statement := range seen.Statements {
		printStatement(statement, output)
	}
	printNotices(seen.Notices, output)
	if len(seen.Problems) == 0 {
		fmt.Fprintln(output, "\nNo problems were found. Nothing was started or written.")
		return
	}
	fmt.Fprintf(output, "\n%s; the migration would be refused, and nothing was started:\n", counted(len(seen.Problems), "problem"))
	for _, problem := range seen.Problems {
		fmt.Fprintf(output, "  %s\n", board.Clean(problem))
	}
}

func by(index string) string {
	if index == "" {
		return ""
	}
	return ", by " + index
}

func printStatement(statement database.ExaminedStatement, output io.Writer) {
	fmt.Fprintf(output, "\n%s\n", statement.Name)
	for line := range strings.Lines(statement.Text) {
		fmt.Fprintf(output, "  %s\n", board.Clean(strings.TrimSpace(line)))
	}
	for _, line := range statement.Plan {
		fmt.Fprintf(output, "    %s\n", board.Clean(line))
	}
}

// printNotices prints the loud ones first.
func printNotices(notices []database.Notice, output io.Writer) {
	if len(notices) == 0 {
		return
	}
	fmt.Fprintln(output, "\nWhat the migration will touch:")
	for _, notice := range loudFirst(notices) {
		fmt.Fprintf(output, "  %s %s\n", sign(notice), board.Clean(notice.Text))
	}
}

func sign(notice database.Notice) string {
	if notice.Loud {
		return "!"
	}
	return "-"
}

func loudFirst(notices []database.Notice) []database.Notice {
	var loud, others []database.Notice
	for _, notice := range notices {
		if notice.Loud {
			loud = append(loud, notice)
		} else {
			others = append(others, notice)
		}
	}
	return append(loud, others...)
}

func counted(number int, what string) string {
	if number == 1 {
		return "1 " + what
	}
	return humanize.Comma(int64(number)) + " " + what + "s"
}

// heed shows the notices before a start, a line each, and refuses to start with a
// problem. A dry run only reads, and is told of it.
func heed(inspection activities.Inspection, dryRun bool, output io.Writer) error {
	for _, notice := range loudFirst(inspection.Notices) {
		fmt.Fprintf(output, "notice: %s\n", board.Clean(notice.Text))
	}
	if len(inspection.Problems) == 0 {
		return nil
	}
	if dryRun {
		for _, problem := range inspection.Problems {
			fmt.Fprintf(output, "problem, for which a start is refused: %s\n", board.Clean(problem))
		}
		return nil
	}
	problems := make([]string, len(inspection.Problems))
	for i, problem := range inspection.Problems {
		problems[i] = board.Clean(problem)
	}
	return &exitError{exitFailed, fmt.Errorf("nothing was started, for %s:\n  %s\n\"starter check\" shows all that the worker sees",
		counted(len(problems), "problem"), strings.Join(problems, "\n  "))}
}

// checkAlone refuses options that a check leaves without meaning.
func (f *flags) checkAlone() error {
	if f.check && (f.dryRun || f.reset || f.takeOver || f.customers != "") {
		return errors.New("--check: it looks at the table and starts nothing; leave --dry-run, --reset, --take-over and --file out")
	}
	return nil
}
