package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"db-migrate/activities"
	"db-migrate/activities/settle"
	"db-migrate/codec"
	"db-migrate/config"
	"db-migrate/internal/commandline"
	"db-migrate/internal/searchattributes"
	"db-migrate/workflows"
)

func run(ctx context.Context, given flags, arguments []string, program Program, stdout, stderr io.Writer) error {
	configuration, err := given.load(arguments)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	for _, notice := range configuration.Notices {
		fmt.Fprintf(stderr, "notice: %s\n", notice)
	}
	if given.printConfig {
		return configuration.Print(stdout)
	}
	if err := migrate(ctx, given, configuration, program, stdout, stderr); err != nil {
		return &hiddenError{err, configuration.Hide(err.Error())}
	}
	return nil
}

// hiddenError is an error whose text shows no password, whatever repeated it.
type hiddenError struct {
	err  error
	text string
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.err }

// masked is an output on which no password is shown.
type masked struct {
	output        io.Writer
	configuration *config.Configuration
}

func (m masked) Write(text []byte) (int, error) {
	if _, err := io.WriteString(m.output, m.configuration.Hide(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// migrate serves the migrations of a configuration.
func migrate(ctx context.Context, given flags, configuration *config.Configuration, program Program, stdout, stderr io.Writer) error {
	boundMemory(ctx, configuration.CustomerMigration.Memory.Bytes())
	logger, err := newLogger(given.logLevel, stderr)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	migrationLog := settle.NewMigrationLog(configuration.CustomerMigrator.LogFile)
	all, err := build(given, configuration, program, migrationLog)
	if err != nil {
		return err
	}
	opened, err := all.open(ctx, given.serve == serveAll, masked{stderr, configuration})
	if err != nil {
		return err
	}
	if err := migrationLog.Open(); err != nil {
		return errors.Join(&exitError{exitUsage, err}, opened.close())
	}
	seen, err := watch(ctx, given.metrics, opened, logger, stdout)
	if err == nil {
		polling := WorkerOptions(configuration.CustomerMigration.Processes, append(seen.interceptors, program.Interceptors...))
		err = serve(ctx, opened, polling, seen.sdk, given, logger, masked{stdout, configuration})
	}
	return errors.Join(err, opened.close(), migrationLog.Close())
}

func newLogger(level string, output io.Writer) (log.Logger, error) {
	var parsed slog.Level
	if err := parsed.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level: %q must be debug, info, warn or error", level)
	}
	return log.NewStructuredLogger(slog.New(slog.NewTextHandler(output, &slog.HandlerOptions{Level: parsed}))), nil
}

// serve polls Temporal until ctx is done.
func serve(ctx context.Context, all services, polling worker.Options, counting client.MetricsHandler, given flags, logger log.Logger, stdout io.Writer) error {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("temporal's client configuration: %w", err)}
	}
	options.Logger, options.MetricsHandler = logger, counting
	if err := codec.Encrypt(&options, given.codecKeys); err != nil {
		return &exitError{exitUsage, fmt.Errorf("--codec-keys: %w", err)}
	}
	if err := commandline.CheckAddress(cmp.Or(options.HostPort, client.DefaultHostPort)); err != nil {
		return &exitError{exitUsage, err}
	}
	temporal, err := client.DialContext(ctx, Uncompressed(options))
	if err != nil {
		return &exitError{exitTemporal, unreachable(options, err)}
	}
	defer temporal.Close()
	told, err := startHealth(ctx, given.health, asksTemporal(temporal))
	if err != nil {
		return &exitError{exitUsage, err}
	}
	defer told.close()
	if err := searchattributes.Register(ctx, temporal, cmp.Or(options.Namespace, client.DefaultNamespace)); err != nil {
		logger.Warn("runs have no search attributes in Temporal: they cannot be registered; see docs/production.md", "error", err)
	}
	if err := all.start(temporal, polling); err != nil {
		return &exitError{exitFailed, err}
	}
	for _, one := range all {
		go tellOutdated(ctx, one.Connection, logger)
		fmt.Fprintf(stdout, "worker %d serves %s on task queue %s\n", os.Getpid(), one.fingerprint, one.subject.TaskQueue())
	}
	<-ctx.Done()
	fmt.Fprintln(stdout, "worker stops: transactions in hand are finished, the rest of each batch is given back")
	all.stop()
	return nil
}

// lookAgain is how often the migration's file is looked at.
const lookAgain = 5 * time.Second

// tellOutdated says in the log, once for each change, that the migration's file has
// changed: what runs is what the worker has read.
func tellOutdated(ctx context.Context, connection *activities.Connection, logger log.Logger) {
	said := ""
	for again := time.NewTicker(lookAgain); ; {
		if text := connection.LookAtFile(); text != said {
			said = text
			if text != "" {
				logger.Warn(text)
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// Uncompressed are the options for a connection that compresses nothing: a batch and
// its result are some hundred bytes each, and compressing them takes a tenth of the
// worker's time where each customer is an activity, and some of Temporal's.
func Uncompressed(options client.Options) client.Options {
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	return options
}

func unreachable(options client.Options, err error) error {
	address := options.HostPort
	if address == "" {
		address = client.DefaultHostPort
	}
	return fmt.Errorf("temporal is not reachable at %s: %w\nstart it (make temporal), or set TEMPORAL_ADDRESS=host:port", address, err)
}

const (
	// stopTimeout is how long a worker that stops waits for its activities:
	// each finishes its transaction in hand and gives the rest back.
	stopTimeout = 30 * time.Second
	// beatsPerSecond is how many heartbeats all processes may send together:
	// each is a write to the overseer's row in Temporal's database.
	beatsPerSecond = 15
	// spareSlots are for the scanner and other short activities.
	spareSlots = 10
)

// WorkerOptions are those of a worker for an overseer with so many processes.
func WorkerOptions(processes int, interceptors []interceptor.WorkerInterceptor) worker.Options {
	return worker.Options{
		MaxConcurrentActivityExecutionSize: processes + spareSlots,
		// All that the overseer asks for in one task may begin here at once.
		MaxEagerActivityReservationsPerWorkflowTask: &processes,
		ActivityTaskPollerBehavior:                  worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		WorkflowTaskPollerBehavior:                  worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		WorkerStopTimeout:                           stopTimeout,
		MaxHeartbeatThrottleInterval:                throttle(processes),
		// A workflow that panics waits for mended code; it must never fail a
		// migration that is half done.
		WorkflowPanicPolicy: worker.BlockWorkflow,
		Interceptors:        interceptors,
	}
}

// throttle keeps all processes together within their heartbeats per second, and
// each well within the heartbeat timeout.
func throttle(processes int) time.Duration {
	interval := time.Second * time.Duration(processes) / beatsPerSecond
	return min(max(interval, time.Second/2), workflows.HeartbeatTimeout/3)
}
