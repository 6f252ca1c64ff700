package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"db-migrate/activities"
	"db-migrate/codec"
	"db-migrate/config"
	"db-migrate/graph"
	"db-migrate/internal/commandline"
	"db-migrate/internal/suggest"
	"db-migrate/migration"
	"db-migrate/workflows"
)

// Main runs the starter and returns its exit code. A module of its own gives it the
// migrations that its worker has in Go, so that a worker of another version of them is
// refused.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, written ...migration.Migration) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	output := commandline.NewOutput(stdout)
	command := newCommand(args, streams{stdin, output.Writer, stderr}, written)
	command.SetArgs(args)
	return report(orUnwritten(orInterrupted(ctx, command.ExecuteContext(ctx)), output), stderr)
}

// streams are the starter's terminal.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// flags are the starter's options.
type flags struct {
	environment string
	directory   string
	files       []string
	customers   string
	part        activities.Part
	output      string
	// forms are further ones that a command's output may have.
	forms    []string
	dryRun   bool
	exitCode bool
	// refused: a start would be refused, of which a dry run is only told.
	refused     bool
	failFast    bool
	retry       bool
	check       bool
	reset       bool
	takeOver    bool
	sameLedger  bool
	againToo    bool
	yes         bool
	printConfig bool
	webUI       string
	codecKeys   string
	drawing     *graph.Request
	// written are the migrations in Go that the program brings along.
	written []migration.Migration
	// name is the migration's, where a command was given it as a word, and table its
	// table's, where a run was found that has another one than the configuration; reason
	// why a run is started.
	name, table, reason string
	// inferred: nobody has said which migration is meant, and a run of it was found.
	inferred bool
	// changes: the command is about a run that there is, and starts none.
	changes bool
	// starts: the command starts a migration, or attaches to it.
	starts bool
	// word is that name as it was given; empty: it was not.
	word string
	// subject is what the command is about; tableSaid: the configuration here names its
	// table, or it was found.
	subject   workflows.Subject
	tableSaid bool
	// configured is the configuration that was loaded; nil: none yet.
	configured *config.Configuration
	// arguments are component/key=value, as they were given.
	arguments []string
	// notices gets what is told of them; nil: nobody.
	notices io.Writer
}

func newCommand(arguments []string, terminal streams, written []migration.Migration) *cobra.Command {
	given := &flags{written: written, notices: terminal.err}
	command := &cobra.Command{
		Use:               "starter",
		Short:             "Starts a migration, or attaches to the one that runs, and shows its progress",
		Args:              cobra.ArbitraryArgs,
		SilenceErrors:     true,
		SilenceUsage:      true,
		ValidArgsFunction: completeKeys,
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := checkWords(command, arguments); err != nil {
				return err
			}
			asked, err := given.drawing.Asked()
			if err != nil {
				return usage("%w", err)
			}
			if asked {
				return visualize(command.Context(), given, arguments, terminal)
			}
			return runMigration(command.Context(), given, arguments, terminal)
		},
	}
	command.SetOut(terminal.out)
	command.SetErr(terminal.err)
	addFlags(command, given)
	command.AddCommand(commands(given, terminal)...)
	commandline.Style(command, arguments, headings(), note, func() error { return given.whatElse(arguments) })
	commandline.RefuseEmpty(command, config.Keys())
	return command
}

// Headings of the options in the help.
const (
	headingMigration     = "Options"
	headingControl       = "Safety"
	headingConfiguration = "Configuration"
	headingDisplay       = "Display"
	headingGraph         = "Component graph"
)

func headings() []string {
	return []string{headingMigration, headingControl, headingConfiguration, headingDisplay, headingGraph}
}

const note = `Config options are component/key=value, for example customer-migration/processes=5;
--print-config lists every key. Without --file, the ids come from a scan of the
database's table.

starter completion bash|zsh|fish prints a script for the shell's completion.

Exit codes: 0 all migrated or skipped · 1 rows failed or are left, failed or cancelled · 2 wrong usage
or configuration · 3 no Temporal or no worker, nothing started · 4 with --dry-run --exit-code: there is
work to do · 130 interrupted`

func addFlags(command *cobra.Command, given *flags) {
	shared := command.PersistentFlags()
	shared.StringVarP(&given.environment, "env", "e", "localhost", "environment: localhost, staging or production")
	shared.StringVar(&given.directory, "config", "", "`folder` with configuration files of your own")
	shared.StringArrayVar(&given.files, "load", nil, "further configuration `file`, may be repeated")
	shared.StringVar(&given.webUI, "web-ui", "", "`address` of Temporal's Web UI, for links (default $TEMPORAL_UI_ADDRESS)")
	shared.StringVar(&given.codecKeys, "codec-keys", "", "`file` of keys that encrypt what travels through Temporal, the worker's (default $"+codec.Variable+")")
	shared.BoolVarP(&given.dryRun, "dry-run", "D", false, "check only, count what would be migrated, show some rows before and after")
	shared.BoolVar(&given.sameLedger, "same-ledger", false, "continue although the migration's definition changed")
	shared.StringVarP(&given.output, "output", "o", "", "console, minimal or json (default: status-board/mode)")
	commandline.Once(shared, "env", "config")
	set := command.Flags()
	addRunFlags(set, given)
	set.BoolVar(&given.check, "check", false, "check the table, the query plans and the side effects, then exit")
	set.BoolVar(&given.printConfig, "print-config", false, "print every key's value and where it comes from")
	given.drawing = graph.AddFlags(set)
	commandline.Group(set, headingGraph, given.drawing.Names()...)
	commandline.Group(shared, headingMigration, "env", "dry-run")
	commandline.Group(set, headingMigration, "check")
	commandline.Group(shared, headingControl, "same-ledger")
	commandline.Group(shared, headingConfiguration, "config", "load", "codec-keys")
	commandline.Group(set, headingConfiguration, "print-config")
	commandline.Group(shared, headingDisplay, "output", "web-ui")
	complete(command)
}

// complete tells the shell what the options' values may be.
func complete(command *cobra.Command) {
	choices := func(name string, values ...string) {
		err := command.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
		if err != nil {
			panic(err) // only for an option that does not exist
		}
	}
	choices("env", config.Environments()...)
	choices("output", outputConsole, outputMinimal, outputJSON)
}

// completeKeys offers the keys of the configuration.
func completeKeys(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	var found []string
	for _, key := range config.Keys() {
		if strings.HasPrefix(key, begun) {
			found = append(found, key+"=")
		}
	}
	return found, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// checkWords finds mistyped commands: anything else is component/key=value.
func checkWords(command *cobra.Command, arguments []string) error {
	var names []string
	for _, sub := range command.Commands() {
		names = append(names, sub.Name())
	}
	for _, word := range arguments {
		if strings.ContainsAny(word, "=/") {
			continue
		}
		if slices.Contains(names, word) {
			return usage("the command %s must come first: starter %s …", word, word)
		}
		if word == "undo" {
			return noUndo(arguments)
		}
		if closest := suggest.Closest(word, names); closest != "" {
			return usage("there is no command %s; did you mean %s?", word, closest)
		}
	}
	return nil
}

// noUndo says how a migration is undone, of which its name may be given.
func noUndo(arguments []string) error {
	name := "NAME"
	if i := slices.Index(arguments, "undo") + 1; i < len(arguments) && migration.CheckName(arguments[i]) == nil {
		name = arguments[i]
	}
	return usage("there is no command undo: the undo of a migration is one of its own; start that, of %s for example: starter run customer-migrator/migration=%s-undo", name, name)
}

// whatElse finds what is wrong beside the options: with the arguments and the
// configuration.
func (f *flags) whatElse(arguments []string) error {
	var keys []string
	for _, argument := range arguments {
		if !strings.HasPrefix(argument, "-") && strings.Contains(argument, "/") && strings.Contains(argument, "=") {
			keys = append(keys, argument)
		}
	}
	_, err := f.load(keys)
	return err
}

func (f *flags) load(arguments []string) (*config.Configuration, error) {
	configuration, err := config.Load(config.Sources{Environment: f.environment, Directory: f.directory,
		Files: f.files, Arguments: arguments, Getenv: os.LookupEnv, Program: config.Starter})
	err = errors.Join(f.checkOutput(), f.checkTogether(), f.checkAlone(), err, f.checkNames(arguments))
	if err == nil {
		err = checkMigration(configuration)
	}
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	if f.notices != nil {
		for _, notice := range configuration.Notices {
			fmt.Fprintf(f.notices, "notice: %s\n", notice)
		}
	}
	return configuration, nil
}

// checkMigration refuses a name that no migration can have: no worker would ever serve it.
func checkMigration(configuration *config.Configuration) error {
	name := configuration.CustomerMigrator.Migration
	if name == "" {
		return nil
	}
	if err := migration.CheckName(name); err != nil {
		return fmt.Errorf("customer-migrator/migration: %w", err)
	}
	return nil
}

// checkNames says how a start is told its migration, where a word among the arguments may
// be meant for the name of one.
func (f *flags) checkNames(arguments []string) error {
	for _, word := range arguments {
		name, table, _ := strings.Cut(word, "@")
		if !f.starts || strings.Contains(word, "=") || migration.CheckName(name) != nil {
			continue
		}
		start := "starter run customer-migrator/migration=" + name
		if table != "" {
			start += " " + inShell("connection/table="+table)
		}
		return errors.New("to start a migration by name type: " + start)
	}
	return nil
}

// checkTogether refuses options that mean nothing together.
func (f *flags) checkTogether() error {
	if f.customers != "" && !f.part.Whole() {
		return errors.New("--file: it names the rows already; leave it out, or --from and --to")
	}
	if !f.part.Whole() && f.reset {
		return errors.New("--reset: a part of the table is always gone through from its beginning; leave --reset out, or --from and --to")
	}
	if f.customers != "" && f.reset {
		return errors.New("--reset: a file of ids is always gone through from its beginning; leave --reset or --file out")
	}
	if f.exitCode && !f.dryRun {
		return errors.New("--exit-code: it says whether a dry run has found work to do; add --dry-run, or leave it out")
	}
	if f.dryRun && f.reset {
		return errors.New("--reset: a dry run writes nothing, and begins at the beginning anyway; leave --reset or --dry-run out")
	}
	return nil
}
