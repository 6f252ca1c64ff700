package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"
)

// Exit codes, as those of db-migrate's own commands.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// run is the whole program: it parses the arguments, writes the database and
// answers the exit code.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	chosen, err := parse(arguments)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(stdout, help())
		return exitDone
	}
	if err == nil {
		err = generate(ctx, chosen, newProgress(stderr, chosen.population.Rows))
	}
	var usage *usageError
	var there *existsError
	switch {
	case chosen.keep && errors.As(err, &there):
		fmt.Fprintf(stdout, "%s is kept as it is\n", chosen.target())
		return exitDone
	case err == nil:
		fmt.Fprintf(stdout, "wrote %d customers to %s\n", chosen.population.Rows, chosen.target())
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "customers: %v\n(customers --help lists the options)\n", err)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "customers: interrupted; nothing was written")
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "customers: %v\n", err)
	return exitFailed
}
