package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

const (
	// readyTimeout bounds the time from the start to ready; a cold start on a
	// busy machine takes a few seconds.
	readyTimeout = 60 * time.Second
	// stopTimeout bounds a clean stop. Nothing is lost by cutting it short:
	// what was acknowledged is in the file.
	stopTimeout = 8 * time.Second
)

// run is the whole program: it serves until ctx is done and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	options, err := parseOptions(args)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(stdout, helpText())
		return exitOK
	}
	if err == nil {
		err = serveOrCheck(ctx, options, stdout)
	}
	return report(err, stderr)
}

func serveOrCheck(ctx context.Context, options options, stdout io.Writer) error {
	if options.check {
		return waitUntilReady(ctx, options, probeTimeout)
	}
	return serve(ctx, options, stdout)
}

// report prints err, if there is one, and returns the exit code it deserves.
func report(err error, stderr io.Writer) int {
	var wrongUsage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrongUsage):
		fmt.Fprintf(stderr, "devserver: %v\nhint: %s\n", err, wrongUsage.hint)
		return exitUsage
	default:
		fmt.Fprintf(stderr, "devserver: %v\n", err)
		return exitFailure
	}
}

// serve starts everything, says so when it is ready, and stops it all when ctx
// is done.
func serve(ctx context.Context, options options, stdout io.Writer) error {
	if err := checkPortsFree(options); err != nil {
		return err
	}
	server, err := startServer(options)
	if err != nil {
		return err
	}
	if err := waitUntilReady(ctx, options, readyTimeout); err != nil {
		return errors.Join(ignoreInterrupt(ctx, err), server.stop(stopTimeout))
	}
	announce(options, stdout)
	<-ctx.Done()
	return server.stop(stopTimeout)
}

// ignoreInterrupt drops an error that only says that ctx was cancelled.
func ignoreInterrupt(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// announce prints where everything is. Scripts wait for its last line.
func announce(options options, stdout io.Writer) {
	fmt.Fprintf(stdout, "Temporal server: %s\n", loopback(options.port))
	if options.uiPort != 0 {
		fmt.Fprintf(stdout, "Web UI: http://%s\n", loopback(options.uiPort))
	}
	if options.pprofPort != 0 {
		fmt.Fprintf(stdout, "pprof: http://%s/debug/pprof/\n", loopback(options.pprofPort))
	}
	fmt.Fprintf(stdout, "database: %s\n", options.databaseFile)
	fmt.Fprintln(stdout, "ready")
}
