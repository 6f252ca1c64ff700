package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/pflag"
)

// options are what the command line asks for.
type options struct {
	shop
	file, url string
	force     bool
}

// Exit codes, as those of db-migrate's own commands.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake of the user's.
type usageError struct{ problem string }

func (e *usageError) Error() string { return e.problem }

func wrongUsage(format string, arguments ...any) error {
	return &usageError{fmt.Sprintf(format, arguments...)}
}

func newFlags(chosen *options) *pflag.FlagSet {
	flags := pflag.NewFlagSet("generate", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SortFlags = false
	flags.IntVar(&chosen.rows, "rows", 10_000, "`number` of customers")
	flags.StringVar(&chosen.file, "db", "", "SQLite `file` to write")
	flags.StringVar(&chosen.url, "url", "", "`address` of a database to write into: postgres://, mysql:// or cassandra://…")
	flags.Uint64Var(&chosen.seed, "seed", 1, "`number` that decides the content: same options, same content")
	flags.IntVar(&chosen.poison, "poison", 0, "`number` of customers, the first ones, with an address that cannot be taken apart")
	flags.BoolVar(&chosen.force, "force", false, "replace the shop's tables if they exist")
	return flags
}

const usageText = "Usage: generate --rows N (--db FILE | --url URL) [options]\n\nWrites the database of a rental shop.\n\nOptions:\n"

// parse reads the command line; it answers pflag.ErrHelp or a usageError.
func parse(arguments []string) (options, error) {
	var chosen options
	flags := newFlags(&chosen)
	if err := flags.Parse(arguments); errors.Is(err, pflag.ErrHelp) {
		return chosen, err
	} else if err != nil {
		return chosen, wrongUsage("%v", err)
	}
	switch {
	case flags.NArg() > 0:
		return chosen, wrongUsage("unexpected argument %q: there are only options", flags.Arg(0))
	case (chosen.file == "") == (chosen.url == ""):
		return chosen, wrongUsage("say either --db, a SQLite file, or --url, the address of a server's database")
	case chosen.rows < 1:
		return chosen, wrongUsage("--rows is %d; it must be 1 or more", chosen.rows)
	case chosen.poison < 0 || chosen.poison > chosen.rows:
		return chosen, wrongUsage("--poison is %d; it must be 0 to %d, the number of customers", chosen.poison, chosen.rows)
	}
	return chosen, nil
}

// run is the whole program: it parses the arguments, writes the database and
// answers the exit code.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	chosen, err := parse(arguments)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(stdout, usageText+newFlags(new(options)).FlagUsages())
		return exitDone
	}
	if err == nil {
		err = chosen.write(ctx)
	}
	var usage *usageError
	switch {
	case err == nil:
		fmt.Fprintf(stdout, "wrote a shop of %d customers to %s\n", chosen.rows, chosen.target())
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "generate: %v\n(generate --help lists the options)\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "generate: %v\n", err)
	return exitFailed
}

// target is where the shop is written, without a password.
func (o options) target() string {
	if o.file != "" {
		return o.file
	}
	parsed, err := url.Parse(o.url)
	if err != nil {
		return "the database"
	}
	return parsed.Redacted()
}

func (o options) write(ctx context.Context) error {
	if o.file != "" {
		return o.writeSQLite(ctx)
	}
	parsed, err := url.Parse(o.url)
	if err != nil {
		return wrongUsage("--url is no address")
	}
	switch parsed.Scheme {
	case "postgres", "postgresql":
		return o.writePostgres(ctx)
	case "mysql", "mariadb":
		return o.writeMySQL(ctx, parsed)
	case "cassandra":
		return o.writeCassandra(ctx, parsed, strings.Trim(parsed.Path, "/"))
	}
	return wrongUsage("--url: it must begin with postgres://, mysql:// or cassandra://")
}
