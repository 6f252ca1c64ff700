package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"db-migrate/config"
	"db-migrate/workflows"
)

// target is the migration that a command is about.
type target struct {
	*connection
	id            string
	given         *flags
	configuration *config.Configuration
	stdout        io.Writer
}

// withTarget runs a command about a run of a migration. It is found by its name alone,
// wherever the command is called, or by the configuration that it was started with;
// without either it is the one that runs.
func withTarget(given *flags, terminal streams, run func(context.Context, *target) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, arguments []string) error {
		ctx := command.Context()
		given.changes = true
		return given.connected(ctx, given.takeName(arguments), func(connected *connection, configuration *config.Configuration) error {
			t := &target{connection: connected, given: given, configuration: configuration, stdout: terminal.out}
			if err := t.choose(ctx); err != nil {
				return err
			}
			return run(ctx, t)
		})
	}
}

// connected loads the configuration and connects to Temporal: the one way to it, and to
// the worker behind it.
func (f *flags) connected(ctx context.Context, arguments []string, do func(*connection, *config.Configuration) error) error {
	f.arguments = arguments
	if err := f.checkName(); err != nil {
		return err
	}
	if f.name != "" {
		arguments = append(slices.Clone(arguments), "customer-migrator/migration="+f.title())
	}
	configuration, err := f.load(arguments)
	if err != nil {
		return err
	}
	f.subject = workflows.Subject{Environment: f.environment, Migration: migrationName(configuration), Table: configuration.Connection.Table}
	f.configured, f.tableSaid = configuration, configuration.Said("connection/table")
	temporal, err := connect(ctx, f)
	if err != nil {
		return err
	}
	defer temporal.Close()
	temporal.rowName = configuration.Connection.RowName
	if !f.tableSaid {
		f.takeTable(servedTables(ctx, temporal, f.subject)) // of several a start says which one is meant
	}
	return do(temporal, configuration)
}

// takeName takes a migration's name, which may have its table behind an @, from the front
// of the arguments.
func (f *flags) takeName(arguments []string) []string {
	if len(arguments) == 0 {
		return nil
	}
	arguments = wordsFirst(arguments)
	name, table, split := strings.Cut(arguments[0], "@")
	if name == "" || strings.ContainsAny(name, "=/") || split && table == "" {
		return arguments // which is told of when they are read
	}
	f.name, f.table, f.word = name, table, arguments[0]
	return arguments[1:]
}

// checkName refuses a name that stands alone beside another one of the key.
func (f *flags) checkName() error {
	for _, argument := range f.arguments {
		key, name, _ := strings.Cut(argument, "=")
		if f.word != "" && key == "customer-migrator/migration" && name != f.word {
			return usage("which migration is meant: %s, which stands alone, or that of %s? Leave one of them out", f.word, argument)
		}
	}
	return nil
}

// named reports whether the command line says which migration is meant.
func (f *flags) named(configuration *config.Configuration) bool {
	return f.name != "" || f.directory != "" || len(f.files) > 0 || configuration.Argued("customer-migrator/migration") || configuration.Argued("connection/driver")
}

// choose finds the run that is meant: that of the configuration, if the command line or
// its files say which, else the one that runs, or ran last.
func (t *target) choose(ctx context.Context) error {
	t.id = t.given.subject.ID(t.given.dryRun)
	named := t.given.named(t.configuration)
	if named && t.configuration.Said("connection/table") {
		return nil
	}
	state, err := t.find(ctx, t.id)
	if err != nil {
		return unreachable("workflow "+t.id, err)
	}
	if state.running && !named {
		return nil
	}
	known, err := t.runs(ctx, t.given.environment, false, knownRuns)
	if err != nil {
		return nil // it is said of the configured one how it is
	}
	var running, all []listed
	for _, run := range known {
		if named && (run.subject.Migration != t.given.subject.Migration || run.dryRun != t.given.dryRun) {
			continue
		}
		all = append(all, run)
		if run.running || run.id == t.id && state.running {
			running = append(running, run)
		}
	}
	return t.chooseOf(running, all, state, named)
}

// chooseOf chooses among the runs that are listed, the newest first; state is that of the
// configured one, which counts before others only if its name was said.
func (t *target) chooseOf(running, all []listed, state found, named bool) error {
	others := slices.DeleteFunc(slices.Clone(running), func(run listed) bool { return run.id == t.id })
	switch {
	case len(others) > 1, len(others) == 1 && state.running:
		names := namesOf(others)
		if state.running {
			names = append(names, fullName(t.given.subject))
		}
		return usage("%d migrations run; say which one is meant, by its name as it stands here: %s", len(names), strings.Join(names, ", "))
	case state.running:
	case len(others) == 1:
		t.take(others[0])
		t.tellChoice(others[0], "the only migration that runs", "the only one of that name that runs")
	case len(all) > 0 && (!state.exists || !named && len(slices.Compact(idsOf(all))) > 1):
		t.take(all[0])
		t.tellChoice(all[0], "which ran last", "which ran last of that name")
	}
	return nil
}

func idsOf(runs []listed) []string {
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.id
	}
	slices.Sort(ids)
	return ids
}

// tellChoice says which run was chosen where nobody has said it, and why: why of all, or, if
// a name was said, why of those of that name.
func (t *target) tellChoice(run listed, ofAll, ofName string) {
	why := ofAll
	if t.given.word != "" {
		why = ofName
	}
	if t.given.notices != nil {
		fmt.Fprintf(t.given.notices, "about %s, %s\n", namesOf([]listed{run})[0], why)
	}
}

// take makes a run that was listed the one that is meant.
func (t *target) take(run listed) {
	if run.subject.Table != t.configuration.Connection.Table {
		t.given.table = run.subject.Table
	}
	t.id, t.given.name, t.given.dryRun, t.given.subject, t.given.inferred = run.id, run.subject.Migration, run.dryRun, run.subject, true
	t.configuration.CustomerMigrator.Migration, t.configuration.Connection.Table = run.subject.Migration, run.subject.Table
}

// asker is who asks for something, and where.
func asker() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	name := os.Getenv("USER")
	if current, err := user.Current(); err == nil {
		name = current.Username
	}
	return fmt.Sprintf("%s on %s", name, host)
}
