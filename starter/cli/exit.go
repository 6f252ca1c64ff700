package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"db-migrate/internal/commandline"
	"db-migrate/workflows"
)

// Exit codes of the starter.
const (
	exitDone        = 0
	exitFailed      = 1 // finished with failures, failed, or cancelled
	exitUsage       = 2 // wrong usage or configuration
	exitUnreachable = 3 // no Temporal or no worker: nothing was started
	exitWork        = 4 // --dry-run --exit-code: there are rows to migrate
	exitInterrupted = 130
)

// exitError is an error with the exit code that it stands for.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// errQuiet says that everything has been said already.
var errQuiet = errors.New("")

func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	var wrong *commandline.UsageError
	if errors.As(err, &wrong) {
		fmt.Fprintln(stderr, wrong)
		return exitUsage
	}
	if !errors.Is(err, errQuiet) {
		fmt.Fprintf(stderr, "starter: %v\n", err)
	}
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return exitUsage
}

// orUnwritten is a command's error, and else that its answer could not be written.
func orUnwritten(err error, output *commandline.Output) error {
	unwritten := output.Err()
	if told := new(exitError); unwritten == nil || errors.As(err, &told) && !errors.Is(err, errors.Unwrap(unwritten)) {
		return err
	}
	return &exitError{exitFailed, unwritten}
}

// orInterrupted is a command's error, where Ctrl-C has made Temporal's answer one as well.
func orInterrupted(ctx context.Context, err error) error {
	var told *exitError
	if ctx.Err() == nil || !errors.As(err, &told) || told.code != exitUnreachable {
		return err
	}
	return &exitError{exitInterrupted, errors.New("interrupted before Temporal or a worker had answered; starter status says how the run stands, if there is one")}
}

// codeOf is the exit code of a run that has ended.
func codeOf(summary workflows.Summary, given *flags) int {
	switch {
	case summary.Phase != workflows.PhaseCompleted || summary.Failed > 0 || summary.NeededAgain > 0 || summary.Left > 0 || summary.Preview.Fails() || given.refused:
		return exitFailed
	case summary.DryRun && given.exitCode && summary.Migrated > 0:
		return exitWork
	}
	return exitDone
}

// unreachable is an error of Temporal's that leaves nothing changed.
func unreachable(what string, err error) error {
	return &exitError{exitUnreachable, fmt.Errorf("%s: %w", what, err)}
}

func usage(format string, arguments ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, arguments...)}
}
