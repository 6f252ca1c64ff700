package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/internal/noun"
)

// ledgerCommand is for the DBA: our tables before a migration, and after it.
func ledgerCommand(given *flags, terminal streams) *cobra.Command {
	ledger := &cobra.Command{Use: "ledger ddl|drop", Short: "Prints the DDL of db-migrate's own tables, or drops them", Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, arguments []string) error {
			return usage("ledger: there are ddl, which prints the DDL of db-migrate's own tables, and drop, which drops them; not %q", strings.Join(arguments, " "))
		}}
	run := func(do func(context.Context, *ledgerTarget) error) func(*cobra.Command, []string) error {
		return func(command *cobra.Command, arguments []string) error {
			return withLedger(command.Context(), given, arguments, terminal, do)
		}
	}
	ddl := &cobra.Command{Use: "ddl" + nameUse, Short: "Prints the DDL and the rights that the worker's user needs, for the database's own client", RunE: run(printDDL)}
	drop := &cobra.Command{Use: "drop" + nameUse, Short: "Drops the migration's ledger and all that db-migrate keeps about it", RunE: func(command *cobra.Command, arguments []string) error {
		if given.dryRun {
			return usage("ledger drop: --dry-run is for a start; without --yes it asks before it drops anything")
		}
		return run(dropLedger)(command, arguments)
	}}
	drop.Flags().BoolVarP(&given.yes, "yes", "y", false, "drop without asking")
	drop.Flags().BoolVar(&given.takeOver, "take-over", false, "drop although an overseer that is gone for good owns the table")
	ledger.AddCommand(ddl, drop)
	return ledger
}

// ledgerTarget is whose ledger a command is about.
type ledgerTarget struct {
	*connection
	given         *flags
	configuration *config.Configuration
	terminal      streams
	// rows is what the worker's rows are called, once it has answered.
	rows noun.Noun
	// run is the one whose ledger it is, the last; nil: it was not looked for yet.
	run *ledgerRun
}

// ledger is that of the run that is meant.
func (t *target) ledger(terminal streams) *ledgerTarget {
	return &ledgerTarget{connection: t.connection, given: t.given, configuration: t.configuration, terminal: terminal}
}

// withLedger connects to Temporal, and runs what asks a worker about the ledger.
func withLedger(ctx context.Context, given *flags, arguments []string, terminal streams, do func(context.Context, *ledgerTarget) error) error {
	return given.connected(ctx, given.takeName(arguments), func(temporal *connection, configuration *config.Configuration) error {
		return do(ctx, &ledgerTarget{connection: temporal, given: given, configuration: configuration, terminal: terminal})
	})
}

// describe asks the worker how our tables are made.
func (t *ledgerTarget) describe(ctx context.Context) (activities.LedgerDescription, error) {
	asked := question{activity: "DescribeLedger", summary: "How are the tables of db-migrate created?", doing: "describe its ledger"}
	var ledger activities.LedgerDescription
	if err := asked.ask(ctx, t.connection, t.given, &ledger); err != nil {
		return ledger, err
	}
	return ledger, sameMigration(migrationName(t.configuration), ledger.Fingerprint, ledger.Worker)
}

// printDDL prints a script: all beside its statements is in comments.
func printDDL(ctx context.Context, t *ledgerTarget) error {
	ledger, err := t.describe(ctx)
	if err != nil {
		return err
	}
	if t.given.output == outputJSON {
		return json.NewEncoder(t.terminal.out).Encode(ledger)
	}
	fmt.Fprint(t.terminal.out, script(ledger))
	return nil
}

func script(ledger activities.LedgerDescription) string {
	var text strings.Builder
	fmt.Fprintf(&text, "-- The tables of db-migrate for %s\n", comment(ledger.Fingerprint.String()))
	for _, statement := range ledger.DDL.Tables {
		fmt.Fprintf(&text, "%s;\n", statement)
	}
	if len(ledger.DDL.Grants) > 0 {
		fmt.Fprintln(&text, "-- What the worker's user needs")
	}
	for _, statement := range ledger.DDL.Grants {
		fmt.Fprintf(&text, "%s;\n", statement)
	}
	if ledger.DDL.Note != "" {
		fmt.Fprintf(&text, "-- Note: %s\n", comment(ledger.DDL.Note))
	}
	return text.String()
}

// comment is a text on one line.
func comment(text string) string { return strings.Join(strings.Fields(text), " ") }

// dropLedger drops the ledger, if nobody works with it and somebody says so.
func dropLedger(ctx context.Context, t *ledgerTarget) error {
	name := migrationName(t.configuration)
	id := t.given.subject.ID(false)
	state, err := t.find(ctx, id)
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("workflow %s: %w", id, err)}
	}
	if state.running {
		return &exitError{exitFailed, fmt.Errorf("nothing was dropped: the migration runs (workflow %s); let it finish, or cancel it first: %s", id, t.given.again("cancel"))}
	}
	ledger, err := t.describe(ctx)
	if err != nil {
		return err
	}
	if err := t.confirmDrop(ctx, ledger); err != nil {
		return err
	}
	asked := question{activity: "DropLedger", summary: "Drops the ledger of " + name, doing: "drop the ledger", changes: true,
		input: activities.LedgerDrop{Expected: ledger.Fingerprint, TakeOver: t.given.takeOver, Cluster: t.cluster(ctx)}}
	var dropped []database.DroppedTable
	if err := asked.ask(ctx, t.connection, t.given, &dropped); err != nil {
		return err
	}
	if t.given.output == outputJSON {
		return json.NewEncoder(t.terminal.out).Encode(dropped)
	}
	fmt.Fprint(t.terminal.out, told(dropped, name))
	return nil
}

func (t *ledgerTarget) confirmDrop(ctx context.Context, ledger activities.LedgerDescription) error {
	if t.given.yes {
		return nil
	}
	fmt.Fprintf(t.terminal.err, "This drops the ledger of %s,\nwith its paging state, dead letters and runs. The record of migrated rows will be lost:\na migration without a check of its own would migrate every row again.\n", ledger.Fingerprint)
	return assent{word: "drop", to: "drop it", nothing: "nothing was dropped", what: "it"}.get(ctx, t.terminal)
}

func told(dropped []database.DroppedTable, migration string) string {
	if len(dropped) == 0 {
		return "there was nothing to drop: migration " + migration + " has no ledger here\n"
	}
	var text strings.Builder
	for _, table := range dropped {
		if table.Whole {
			fmt.Fprintf(&text, "dropped table %s\n", table.Name)
		} else {
			fmt.Fprintf(&text, "deleted %s from table %s, which other migrations use\n", counted(int(table.Rows), "row"), table.Name)
		}
	}
	return text.String()
}
