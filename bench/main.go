// Command bench measures db-migrate beside hand-written loops and other durable
// ways of doing the same work, and prints ratios.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/pflag"
)

// options are what the command line asks for.
type options struct {
	only                              []string
	rows, rounds                      int
	binaries, config, folder, results string
	noSweep, list                     bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func newFlags(into *options) *pflag.FlagSet {
	flags := pflag.NewFlagSet("bench", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.StringSliceVar(&into.only, "only", nil, "`names` of the benchmarks to run (default all)")
	flags.IntVar(&into.rows, "rows", 0, "`number` of customers (default each benchmark's own)")
	flags.IntVar(&into.rounds, "rounds", 0, "`number` of rounds (default each benchmark's own, mostly 5)")
	flags.StringVar(&into.binaries, "binaries", "bin", "`folder` with worker, starter, devserver and customers")
	flags.StringVar(&into.config, "config", "bench/config", "`folder` with the benchmarks' migrations")
	flags.StringVar(&into.folder, "folder", "var/bench", "`folder` for databases and logs, emptied at the end")
	flags.StringVar(&into.results, "results", "", "`folder` that gets a JSON file for each benchmark (default none)")
	flags.BoolVar(&into.noSweep, "no-sweep", false, "take the first setting of each contestant instead of the best")
	flags.BoolVar(&into.list, "list", false, "list the benchmarks")
	return flags
}

func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	var asked options
	flags := newFlags(&asked)
	flags.SetOutput(stderr)
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: there are only options", flags.Arg(0))
	}
	if asked.rows < 0 || asked.rounds < 0 {
		return errors.New("--rows and --rounds must be positive numbers")
	}
	if asked.list {
		return list(stdout)
	}
	chosen, err := choose(asked.only)
	if err != nil {
		return err
	}
	return runAll(ctx, chosen, asked, stdout, stderr)
}

func list(output io.Writer) error {
	table := tabwriter.NewWriter(output, 0, 0, 2, ' ', 0)
	for _, benchmark := range benchmarks() {
		fmt.Fprintf(table, "%s\t%d customers\t%s\n", benchmark.name, benchmark.rows, benchmark.title)
	}
	return table.Flush()
}

// runAll runs the benchmarks one after the other. One that fails does not keep
// the others from running.
func runAll(ctx context.Context, chosen []benchmark, asked options, stdout, stderr io.Writer) error {
	var failed error
	for _, benchmark := range chosen {
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		if benchmark.server != "" && os.Getenv(benchmark.server) == "" {
			fmt.Fprintf(stderr, "%s: skipped, %s is not set: make services\n", benchmark.name, benchmark.server)
			continue
		}
		report, err := benchmark.measure(ctx, asked, stderr)
		if err != nil {
			fmt.Fprintf(stderr, "%s: %v\n", benchmark.name, err)
			failed = errors.Join(failed, fmt.Errorf("%s: %w", benchmark.name, err))
			continue
		}
		report.Print(stdout)
		if asked.results != "" {
			failed = errors.Join(failed, report.Save(asked.results))
		}
	}
	return failed
}
