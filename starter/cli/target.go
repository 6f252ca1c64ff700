package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
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
	configuration, err := f.load(arguments)
	if err != nil {
		return err
	}
	if f.name != "" {
		configuration.CustomerMigrator.Migration = f.name
	}
	temporal, err := connect(ctx, f)
	if err != nil {
		return err
	}
	defer temporal.Close()
	return do(temporal, configuration)
}

// takeName takes a migration's name from the front of the arguments.
func (f *flags) takeName(arguments []string) []string {
	if len(arguments) > 0 && arguments[0] != "" && !strings.ContainsAny(arguments[0], "=/") {
		f.name = arguments[0]
		return arguments[1:]
	}
	return arguments
}

// named reports whether the command line says which migration is meant.
func (f *flags) named(configuration *config.Configuration) bool {
	return f.name != "" || f.directory != "" || len(f.files) > 0 || configuration.Argued("customer-migrator/migration") || configuration.Argued("connection/driver")
}

// choose finds the run that is meant.
func (t *target) choose(ctx context.Context) error {
	t.id = workflows.ID(migrationName(t.configuration), t.given.environment, t.given.dryRun)
	if t.given.named(t.configuration) {
		return nil
	}
	state, err := t.find(ctx, t.id)
	if err != nil {
		return unreachable("workflow "+t.id, err)
	}
	if state.running {
		return nil
	}
	running, err := t.runs(ctx, t.given.environment, true)
	switch {
	case err != nil || len(running) == 0:
		return nil // it is said of the configured one that it does not run
	case len(running) > 1:
		return usage("%d migrations run; say which one is meant: %s", len(running), strings.Join(namesOf(running), ", "))
	}
	t.id, t.given.name, t.given.dryRun = running[0].id, running[0].migration, running[0].dryRun
	t.configuration.CustomerMigrator.Migration = t.given.name
	return nil
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
