package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"db-migrate/examples/customers/wild"
)

// options are what the command line asks for.
type options struct {
	population wild.Population
	// file or url says where the table is written.
	file, url string
	uuids     bool
	force     bool
	// keep leaves alone what is there.
	keep bool
}

// target is where the table is written, without a password.
func (o options) target() string {
	if o.url == "" {
		return o.file
	}
	parsed, err := url.Parse(o.url)
	if err != nil {
		return "the database"
	}
	return parsed.Redacted()
}

// existsError says that the table is there already.
type existsError struct{ usageError }

func exists(what string) error {
	return &existsError{usageError{what + "; --force replaces it, --keep leaves it"}}
}

func tableExists() error { return exists("the database has a table customers") }

func (e *existsError) Unwrap() error { return &e.usageError }

// usageError is a mistake of the user's.
type usageError struct{ problem string }

func (e *usageError) Error() string { return e.problem }

func wrongUsage(format string, arguments ...any) error {
	return &usageError{fmt.Sprintf(format, arguments...)}
}

// flagValues are the flags before they are checked.
type flagValues struct {
	rows, poison  int
	seed          uint64
	file, url     string
	ids           string
	poisonStretch string
	force, keep   bool
}

func newFlags(values *flagValues) *pflag.FlagSet {
	flags := pflag.NewFlagSet("customers", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SortFlags = false
	flags.IntVar(&values.rows, "rows", 1_000_000, "`number` of customers")
	flags.StringVar(&values.file, "db", "", "SQLite `file` to write")
	flags.StringVar(&values.url, "url", "", "`address` of a database to write the table in: postgres://, mysql:// or cassandra://…")
	flags.StringVar(&values.ids, "ids", "numeric", "`kind` of ids: numeric or uuid")
	flags.Uint64Var(&values.seed, "seed", 1, "`number` that decides the content: same options, same content")
	flags.IntVar(&values.poison, "poison", 0, "`number` of customers, scattered, that cannot be migrated")
	flags.StringVar(&values.poisonStretch, "poison-stretch", "", "`FROM:COUNT`: the COUNT customers from row index FROM (the first is 0) cannot be migrated either")
	flags.BoolVar(&values.force, "force", false, "replace the file, or the table, if it exists")
	flags.BoolVar(&values.keep, "keep", false, "leave the file, or the table, alone if it exists, and end as if it had been written")
	return flags
}

func help() string {
	return "Usage: customers --rows N (--db FILE | --url URL) [options]\n\n" +
		"Writes a demo database: a table customers with names, phone numbers and e-mail\n" +
		"addresses as found in the wild, about a tenth of them migrated already.\n\nOptions:\n" +
		newFlags(new(flagValues)).FlagUsages()
}

// parse reads the command line; it answers pflag.ErrHelp or a usageError.
func parse(arguments []string) (options, error) {
	var values flagValues
	flags := newFlags(&values)
	if err := flags.Parse(arguments); errors.Is(err, pflag.ErrHelp) {
		return options{}, err
	} else if err != nil {
		return options{}, wrongUsage("%v", err)
	}
	if flags.NArg() > 0 {
		return options{}, wrongUsage("unexpected argument %q: there are only options", flags.Arg(0))
	}
	return values.check()
}

func (v flagValues) check() (options, error) {
	stretch, err := parseStretch(v.poisonStretch)
	if err != nil {
		return options{}, err
	}
	population := wild.Population{Rows: v.rows, Seed: v.seed, Poison: v.poison, Stretch: stretch}
	if err := population.Validate(); err != nil {
		return options{}, wrongUsage("%v", err)
	}
	if err := v.checkTarget(); err != nil {
		return options{}, err
	}
	if v.keep && v.force {
		return options{}, wrongUsage("--keep and --force: only one of them")
	}
	if v.ids != "numeric" && v.ids != "uuid" {
		return options{}, wrongUsage("--ids is %q; it must be numeric or uuid", v.ids)
	}
	return options{population: population, file: v.file, url: v.url, uuids: v.ids == "uuid", force: v.force, keep: v.keep}, nil
}

func (v flagValues) checkTarget() error {
	switch {
	case v.file == "" && v.url == "":
		return wrongUsage("--db is missing: it names the file to write (or --url a database of a server)")
	case v.file != "" && v.url != "":
		return wrongUsage("--db and --url: only one of them")
	case v.url != "" && writerOf(v.url) == nil:
		return wrongUsage("--url: it must begin with postgres://, mysql:// or cassandra://")
	}
	return nil
}

func parseStretch(text string) (wild.Stretch, error) {
	if text == "" {
		return wild.Stretch{}, nil
	}
	before, after, _ := strings.Cut(text, ":")
	from, fromErr := strconv.Atoi(before)
	count, countErr := strconv.Atoi(after)
	if fromErr != nil || countErr != nil {
		return wild.Stretch{}, wrongUsage("--poison-stretch is %q; it must be FROM:COUNT, such as 5000:200", text)
	}
	return wild.Stretch{From: from, Count: count}, nil
}
