package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/internal/commandline"
	"db-migrate/internal/searchattributes"
	migrations "db-migrate/migration"
	"db-migrate/workflows"
)

func runCommand(given *flags, terminal streams) *cobra.Command {
	command := &cobra.Command{Use: "run" + keysUse, Short: "Starts the migration, or attaches to it, and shows its progress, as starter alone does",
		RunE: func(command *cobra.Command, arguments []string) error {
			return runMigration(command.Context(), given, arguments, terminal)
		}}
	addRunFlags(command.Flags(), given)
	return command
}

// addRunFlags adds the options of a start.
func addRunFlags(set *pflag.FlagSet, given *flags) {
	set.StringVarP(&given.customers, "file", "f", "", "`file` of ids, one a line, in the worker's customer-scanner/source-dir")
	set.StringVar(&given.part.From, "from", "", "first `key` of the part of the table to migrate; columns of a key with a tab between them")
	set.StringVar(&given.part.To, "to", "", "last `key` of that part, which belongs to it; either may be left out")
	set.BoolVarP(&given.reset, "reset", "r", false, "discard the paging state of a prior run")
	set.BoolVar(&given.againToo, "again", false, "migrate rows once more that an earlier run has migrated, if they need it")
	set.BoolVar(&given.failFast, "fail-fast", false, failFastText)
	set.BoolVar(&given.exitCode, "exit-code", false, "with --dry-run: exit code 4 if there are rows to migrate")
	set.BoolVar(&given.takeOver, "take-over", false, "take the table over from an overseer that is gone for good")
	set.BoolVarP(&given.yes, "yes", "y", false, "start in production without asking")
	set.StringVar(&given.reason, "reason", "", "why, for those who look at it later")
	commandline.Once(set, "file", "from", "to")
	commandline.Group(set, headingMigration, "file", "from", "to", "reset", "again", "reason", "exit-code")
	commandline.Group(set, headingControl, "fail-fast", "take-over", "yes")
}

// runMigration starts the migration or attaches to it, and watches it.
func runMigration(ctx context.Context, given *flags, arguments []string, terminal streams) error {
	given.starts = true
	if given.printConfig {
		if given.output == outputJSON {
			return usage("--output json: a configuration is printed as text; leave --output out")
		}
		configuration, err := given.load(arguments)
		if err != nil {
			return err
		}
		return configuration.Print(terminal.out)
	}
	return given.connected(ctx, arguments, func(temporal *connection, configuration *config.Configuration) error {
		if given.check {
			return checkTable(ctx, temporal, given, configuration, terminal)
		}
		id, err := startOrAttach(ctx, temporal, given, configuration, terminal)
		if err != nil {
			return err
		}
		return watch(ctx, temporal, id, given, configuration, terminal.out, terminal.err)
	})
}

// startOrAttach makes sure that the migration runs, and returns its workflow id.
func startOrAttach(ctx context.Context, temporal *connection, given *flags, configuration *config.Configuration, terminal streams) (string, error) {
	settings := newSettings(given, configuration)
	settings.Cluster = temporal.cluster(ctx)
	id := given.subject.ID(settings.DryRun)
	before, err := temporal.find(ctx, id)
	if err != nil {
		return "", &exitError{exitUnreachable, fmt.Errorf("workflow %s: %w", id, err)}
	}
	if before.running {
		fmt.Fprintf(terminal.err, "attaching to the migration that runs already (workflow %s)\n", id)
		return id, attach(ctx, temporal, id, before.runID, settings, given, configuration)
	}
	if another, err := given.findTable(ctx, temporal, pollerTime); err != nil || another {
		if err != nil {
			return "", err
		}
		return startOrAttach(ctx, temporal, given, configuration, terminal)
	}
	inspection, err := inspect(ctx, temporal, given, activities.InspectionRequest{File: given.customers, Part: given.part}, true)
	if err != nil {
		return "", err
	}
	if err := sameMigration(settings.Migration, inspection.Fingerprint, inspection.Worker); err != nil {
		return "", err
	}
	if err := given.sameDefinition(configuration, inspection); err != nil {
		return "", err
	}
	if err := heed(inspection, settings.DryRun, terminal.err); err != nil {
		return "", err
	}
	given.refused = len(inspection.Problems) > 0
	settings.Expected, settings.File = inspection.Fingerprint, inspection.File
	if err := confirm(ctx, given, settings, inspection, terminal); err != nil {
		return "", err
	}
	run, err := temporal.begin(ctx, startOptions(given.subject, settings, given.reason), given.subject, settings)
	if err != nil {
		return "", &exitError{exitUnreachable, fmt.Errorf("whether the migration was started is not known: %w\nlook: %s", err, given.again("status"))}
	}
	return id, compareRunning(ctx, temporal, id, run.GetRunID(), settings, given)
}

const (
	// attributeTries is how often a start is tried with search attributes that Temporal
	// refuses, and attributePause what lies between.
	attributeTries = 10
	attributePause = 300 * time.Millisecond
)

// begin starts the run, with search attributes where the namespace knows them.
func (t *connection) begin(ctx context.Context, options client.StartWorkflowOptions, subject workflows.Subject, settings workflows.Settings) (client.WorkflowRun, error) {
	input := workflows.Input{Settings: settings}
	if searchattributes.Known(ctx, t, t.namespace) {
		listed := options
		listed.TypedSearchAttributes, input.Attributes = workflows.NewAttributes().Of(subject), true
		for range attributeTries { // not every part of Temporal knows new ones at once
			run, err := t.ExecuteWorkflow(ctx, listed, workflows.WorkflowName, input)
			var invalid *serviceerror.InvalidArgument
			if !errors.As(err, &invalid) {
				return run, err
			}
			_ = database.Sleep(ctx, attributePause) // its end is seen by the next call
		}
		input.Attributes = false
	}
	return t.ExecuteWorkflow(ctx, options, workflows.WorkflowName, input)
}

// attach refuses a run of something else than what the configuration here says, and one
// that was started otherwise.
func attach(ctx context.Context, temporal *connection, id, runID string, settings workflows.Settings, given *flags, configuration *config.Configuration) error {
	if err := given.sameAsRunning(ctx, temporal, id, runID, configuration); err != nil {
		return err
	}
	return compareRunning(ctx, temporal, id, runID, settings, given)
}

func startOptions(subject workflows.Subject, settings workflows.Settings, reason string) client.StartWorkflowOptions {
	what := "Migrates"
	if settings.DryRun {
		what = "Checks (dry run)"
	}
	scope := ""
	if settings.Retry {
		scope = ", those that failed"
	}
	if part := settings.Part(); !part.Whole() {
		scope = ", " + part.String()
	}
	return client.StartWorkflowOptions{
		ID:                       subject.ID(settings.DryRun),
		TaskQueue:                subject.TaskQueue(),
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            fmt.Sprintf("%s %s of %s: %s%s", what, settings.Expected.Rows().Many, settings.Environment, subject.Name(), scope),
		StaticDetails:            fmt.Sprintf("%s\n\n%d processes, batches of %s", settings.Expected, settings.Limits.Processes, settings.Limits.BatchTime),
		Memo:                     map[string]any{"migration": settings.Migration, "database": settings.Expected.Target.String(), memoBy: asker(), memoReason: reason},
	}
}

func newSettings(given *flags, configuration *config.Configuration) workflows.Settings {
	return workflows.Settings{Migration: migrationName(configuration), Environment: given.environment,
		DryRun: given.dryRun, Reset: given.reset, SameLedger: given.sameLedger, TakeOver: given.takeOver, Again: given.againToo, Retry: given.retry, FailFast: given.failFast,
		From: given.part.From, To: given.part.To, Limits: newLimits(configuration)}
}

func migrationName(configuration *config.Configuration) string {
	return migrations.NameFor(configuration.Connection.Driver, configuration.CustomerMigrator.Migration)
}

func newLimits(configuration *config.Configuration) workflows.Limits {
	migration, migrator, scanner := configuration.CustomerMigration, configuration.CustomerMigrator, configuration.CustomerScanner
	return workflows.Limits{
		Processes: migration.Processes, BatchTime: migration.BatchTime.Duration(), BatchSize: migration.BatchSize.Value(), BatchMin: workflows.LeastBatch,
		BatchMax: migration.BatchMax, Rate: migration.Rate, FailureLimit: migration.FailureLimit, Closing: migration.Closing,
		Attempts: migrator.Attempts, RetryInterval: migrator.RetryInterval.Duration(), TransactionSize: migrator.TransactionSize.Value(), SetsAtOnce: migrator.SetsAtOnce.Value(),
		FetchSize: scanner.FetchSize, BlockSize: scanner.BlockSize.Value(), Sweeps: scanner.Sweeps,
	}
}

const inspectionTime = 20 * time.Second

// inspect asks a worker which table it serves, and which file or which part of
// the table it sees, if one is named. Without an answer nothing starts.
func inspect(ctx context.Context, temporal *connection, given *flags, request activities.InspectionRequest, starting bool) (activities.Inspection, error) {
	asked := question{activity: "InspectTable", summary: "Which table and definition does the worker serve?",
		doing: "look at its table; nothing was started", input: request, patience: inspectionTime, starting: starting,
		refused: func(err error) bool { return isUsage(request, err) }}
	var inspection activities.Inspection
	err := asked.ask(ctx, temporal, given, &inspection)
	temporal.name(&inspection.Fingerprint.Target)
	return inspection, err
}

// isUsage reports whether the worker refused what the command line names.
func isUsage(request activities.InspectionRequest, err error) bool {
	var refused *temporal.ApplicationError
	return request.File != "" || errors.As(err, &refused) && refused.Type() == activities.TypePart
}
