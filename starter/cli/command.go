package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"db-migrate/config"
)

// Main runs the starter and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command := newCommand(stdout, stderr)
	command.SetArgs(args)
	return report(command.ExecuteContext(ctx), stderr)
}

// flags are the starter's options.
type flags struct {
	environment string
	directory   string
	files       []string
	output      string
	dryRun      bool
	reset       bool
	takeOver    bool
	sameLedger  bool
	printConfig bool
	webUI       string
}

func newCommand(stdout, stderr io.Writer) *cobra.Command {
	given := &flags{}
	command := &cobra.Command{
		Use:           "starter [options] [component/key=value …]",
		Short:         "Starts a migration, or attaches to the one that runs, and shows how it goes",
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(command *cobra.Command, arguments []string) error {
			return runMigration(command.Context(), given, arguments, stdout, stderr)
		},
	}
	command.SetOut(stdout)
	command.SetErr(stderr)
	addFlags(command, given)
	command.AddCommand(controlCommands(given, stdout)...)
	return command
}

func addFlags(command *cobra.Command, given *flags) {
	shared := command.PersistentFlags()
	shared.StringVarP(&given.environment, "env", "e", "localhost", "environment: localhost, staging or production")
	shared.StringVar(&given.directory, "config", "", "folder with configuration files of your own")
	shared.StringArrayVar(&given.files, "load", nil, "further configuration file, may be repeated")
	shared.StringVar(&given.webUI, "web-ui", "", "address of Temporal's Web UI, for links (default $TEMPORAL_UI_ADDRESS)")
	shared.BoolVarP(&given.dryRun, "dry-run", "D", false, "check only, write nothing, count what would be migrated")
	shared.BoolVar(&given.sameLedger, "same-ledger", false, "accept a mended definition of the migration")
	shared.StringVarP(&given.output, "output", "o", "", "console, minimal or json (default: status-board/mode)")
	set := command.Flags()
	set.BoolVarP(&given.reset, "reset", "r", false, "discard the paging state of a prior run")
	set.BoolVar(&given.takeOver, "take-over", false, "take the table over from an overseer that is gone for good")
	set.BoolVar(&given.printConfig, "print-config", false, "print every key's value and where it comes from")
}

func (f *flags) load(arguments []string) (*config.Configuration, error) {
	configuration, err := config.Load(config.Sources{Environment: f.environment, Directory: f.directory,
		Files: f.files, Arguments: arguments, Getenv: os.LookupEnv})
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	if err := f.checkOutput(); err != nil {
		return nil, err
	}
	return configuration, nil
}
