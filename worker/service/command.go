package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/interceptor"

	"db-migrate/codec"
	"db-migrate/config"
	"db-migrate/graph"
	"db-migrate/internal/commandline"
	"db-migrate/migration"
)

// Exit codes of the worker.
const (
	exitStopped  = 0
	exitFailed   = 1
	exitUsage    = 2
	exitTemporal = 3
)

// Program is what a worker's main brings along.
type Program struct {
	// Migrations are those written in Go, beside the embedded ones.
	Migrations []migration.Migration
	// Interceptors are Temporal's, for tracing or tests.
	Interceptors []interceptor.WorkerInterceptor
	// Build tells this program from one that was built from other code; empty: the hash
	// of the program's file.
	Build string
}

// Main runs the worker and returns its exit code. A module of its own calls it
// from its main, with its own migrations.
func Main(args []string, stdout, stderr io.Writer, program Program) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command := newCommand(args, stdout, stderr, program)
	command.SetArgs(args)
	err := command.ExecuteContext(ctx)
	return report(err, stderr)
}

// exitError is an error with the exit code that it stands for.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitStopped
	}
	var wrong *commandline.UsageError
	if errors.As(err, &wrong) {
		fmt.Fprintln(stderr, wrong)
		return exitUsage
	}
	fmt.Fprintf(stderr, "worker: %v\n", err)
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return exitUsage
}

// flags are the worker's options.
type flags struct {
	environment string
	directory   string
	files       []string
	logLevel    string
	printConfig bool
	metrics     string
	health      string
	askHealth   string
	codecKeys   string
	// serve are the migrations to serve, each with its table; empty: that of the
	// configuration.
	serve   string
	drawing *graph.Request
}

// Headings of the options in the help.
const (
	headingOptions = "Options"
	headingGraph   = "Component graph"
)

const note = `Config options are component/key=value, for example customer-migration/processes=5;
--print-config lists every key.
worker completion bash|zsh|fish prints a script for the shell's completion.

Exit codes: 0 stopped when told to · 1 failed · 2 wrong usage, configuration or
database · 3 Temporal is not reachable`

func newCommand(arguments []string, stdout, stderr io.Writer, program Program) *cobra.Command {
	var given flags
	command := &cobra.Command{
		Use:           "worker",
		Short:         "Serves the scanner, the migrator and the overseer to Temporal, until it is told to stop",
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(command *cobra.Command, keys []string) error {
			if given.askHealth != "" {
				return askHealth(command.Context(), given.askHealth)
			}
			asked, err := given.drawing.Asked()
			if err != nil {
				return err
			}
			if asked {
				return visualize(command.Context(), given, keys, stdout, stderr)
			}
			return run(command.Context(), given, keys, program, stdout, stderr)
		},
	}
	command.SetOut(stdout)
	command.SetErr(stderr)
	set := command.Flags()
	set.StringVarP(&given.environment, "env", "e", "localhost", "environment: localhost, staging or production")
	set.StringVar(&given.directory, "config", "", "folder with configuration files and migrations of your own")
	set.StringArrayVar(&given.files, "load", nil, "further configuration file, may be repeated")
	set.StringVar(&given.logLevel, "log-level", "warn", "what Temporal's SDK logs: debug, info, warn or error")
	set.StringVar(&given.serve, "serve", "", "`migrations` to serve side by side, each NAME or NAME@TABLE, with commas between them; or all (default: customer-migrator/migration)")
	set.StringVar(&given.metrics, "metrics", "", "`address` to serve Prometheus metrics on, such as 127.0.0.1:9464 (default none)")
	set.BoolVar(&given.printConfig, "print-config", false, "print every key's value and where it comes from")
	set.StringVar(&given.codecKeys, "codec-keys", "", "file of keys that encrypt what travels through Temporal (default $"+codec.Variable+")")
	set.StringVar(&given.health, "health", "", "address such as :8086 that answers /livez and /readyz over HTTP")
	set.StringVar(&given.askHealth, "ask-health", "", "ask the worker with --health at this address, then exit: exit code 0 if it is ready")
	given.drawing = graph.AddFlags(set)
	commandline.Group(set, headingOptions, "env", "serve", "config", "load", "print-config", "log-level", "metrics", "health", "ask-health", "codec-keys")
	commandline.Group(set, headingGraph, given.drawing.Names()...)
	commandline.Style(command, arguments, []string{headingOptions, headingGraph}, note, func() error { return nil })
	commandline.RefuseEmpty(command, config.Keys())
	return command
}

func (f flags) load(arguments []string) (*config.Configuration, error) {
	return config.Load(config.Sources{Environment: f.environment, Directory: f.directory, Files: f.files,
		Arguments: arguments, Getenv: os.LookupEnv, Program: config.Worker})
}
