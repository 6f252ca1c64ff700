package anytable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"pgregory.net/rapid"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/database/drivers"
	"db-migrate/idfile"
	"db-migrate/migration"
	"db-migrate/workflows"
)

// world is db-migrate at work on a table, under Temporal's test clock.
type world struct {
	t         *rapid.T
	driver    string
	options   database.Options
	migration migration.Migration
	way       way
	script    *script
	folder    string
	workers   []*served
	expected  activities.Fingerprint

	mutex       sync.Mutex
	environment *testsuite.TestWorkflowEnvironment
	// failures are what attempts have ended with, the last of each activity; endless
	// says why the run was given up.
	failures map[string]string
	endless  string
	running  sync.WaitGroup
	// runs is how many runs have been started.
	runs int
}

func newWorld(t *rapid.T, driver string, options database.Options, migrates migration.Migration, one way) *world {
	w := &world{t: t, driver: driver, options: options, migration: migrates, way: one, folder: folder(t), failures: map[string]string{}}
	w.script = &script{left: slices.Clone(one.disturbances), cancelled: w.cancelRun}
	return w
}

// served is one worker's components.
type served struct {
	connection *activities.Connection
	scanner    *activities.CustomerScanner
	migrator   *activities.CustomerMigrator
}

// refusal is why db-migrate has not begun.
type refusal struct{ reason string }

func (r *refusal) Error() string { return r.reason }

// open starts the workers; a *refusal says why they refuse the table.
func (w *world) open() error {
	driver, err := drivers.Named(w.driver)
	if err != nil {
		w.t.Fatal(err)
	}
	for range w.way.workers {
		connection := &activities.Connection{Driver: disturbed{driver, w.script}, Options: w.options, Migration: w.migration}
		if err := connection.Open(w.t.Context()); err != nil {
			return &refusal{err.Error()}
		}
		files := &idfile.Folder{Path: w.folder}
		w.workers = append(w.workers, &served{connection, &activities.CustomerScanner{Connection: connection, Files: files},
			activities.NewCustomerMigrator(connection, w.migration, nil, files)})
	}
	w.expected, err = w.workers[0].connection.Fingerprint()
	return err
}

func (w *world) close() {
	w.script.end()
	w.running.Wait()
	for _, one := range w.workers {
		if err := one.connection.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	}
	w.workers = nil
}

// inspect asks a worker what it would do, as each start does.
func (w *world) inspect(request activities.InspectionRequest) (activities.Inspection, error) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	environment := suite.NewTestActivityEnvironment()
	environment.RegisterActivity(w.workers[0].scanner.InspectTable)
	answer, err := environment.ExecuteActivity(w.workers[0].scanner.InspectTable, request)
	var inspection activities.Inspection
	if err == nil {
		err = answer.Get(&inspection)
	}
	var application *temporal.ApplicationError
	switch {
	case errors.As(err, &application):
		return inspection, &refusal{application.Message()}
	case err != nil:
		return inspection, err
	case len(inspection.Problems) > 0:
		return inspection, &refusal{strings.Join(inspection.Problems, "; ")}
	}
	return inspection, nil
}

// extent is which rows a run is about, as the command line has it.
type extent struct {
	from, to string
	lines    []string
}

// settings are those of a start.
func (w *world) settings(asked extent) (workflows.Settings, error) {
	settings := workflows.Settings{Migration: w.migration.Name, Environment: "test", Cluster: "test", Expected: w.expected, Limits: w.way.limits, From: asked.from, To: asked.to}
	request := activities.InspectionRequest{Part: activities.Part{From: asked.from, To: asked.to}}
	if len(asked.lines) > 0 {
		request.File = "ids.txt"
		if err := os.WriteFile(filepath.Join(w.folder, request.File), []byte(strings.Join(asked.lines, "\n")+"\n"), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	inspection, err := w.inspect(request)
	settings.File = inspection.File
	return settings, err
}

// run starts the migration, and lets it run over each continue-as-new.
func (w *world) run(settings workflows.Settings) (workflows.Summary, error) {
	input := workflows.Input{Settings: settings}
	w.runs++
	for range 50 {
		summary, next, err := w.runOnce(input)
		w.script.end()
		w.running.Wait()
		if err != nil || next == nil {
			return summary, err
		}
		input = *next
	}
	return workflows.Summary{}, errors.New("the run has continued as new 50 times")
}

// patience is how long a run may stand still, by the clock on the wall: its steps are
// what bounds it.
const patience = 3 * time.Minute

func (w *world) runOnce(input workflows.Input) (summary workflows.Summary, next *workflows.Input, err error) {
	environment := w.newEnvironment()
	w.script.begin()
	environment.ExecuteWorkflow(workflows.WorkflowName, input)
	if !environment.IsWorkflowCompleted() {
		return summary, nil, errors.New("the run has not ended")
	}
	err = environment.GetWorkflowError()
	var continued *workflow.ContinueAsNewError
	var failed *temporal.ApplicationError
	switch {
	case errors.As(err, &continued):
		next = &workflows.Input{}
		return summary, next, converter.GetDefaultDataConverter().FromPayloads(continued.Input, next)
	case errors.As(err, &failed) && failed.HasDetails():
		return summary, nil, failed.Details(&summary)
	case err != nil:
		return summary, nil, err
	}
	return summary, nil, environment.GetWorkflowResult(&summary)
}

func (w *world) newEnvironment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	environment := suite.NewTestWorkflowEnvironment()
	environment.SetTestTimeout(patience)
	environment.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: patience, Interceptors: []interceptor.WorkerInterceptor{&watch{world: w}}})
	first := w.workers[0]
	overseer := &workflows.MigrationOverseer{Scanner: first.scanner, Migrator: first.migrator}
	environment.RegisterWorkflowWithOptions(overseer.OverseeMigration, workflow.RegisterOptions{Name: workflows.WorkflowName})
	environment.RegisterActivityWithOptions(w.beginRun, activity.RegisterOptions{Name: "BeginRun"})
	for _, function := range []any{first.scanner.ScanPage, first.scanner.ScanFile, first.scanner.FindBound, first.scanner.ListDeadLetters, first.scanner.CountLeft, first.scanner.ListLeft, first.scanner.EndRun,
		first.migrator.BuryCustomer} {
		environment.RegisterActivityWithOptions(function, activity.RegisterOptions{})
	}
	environment.RegisterActivityWithOptions(w.migrateCustomers, activity.RegisterOptions{Name: "MigrateCustomers"})
	environment.RegisterActivityWithOptions(w.migrateCustomer, activity.RegisterOptions{Name: "MigrateCustomer"})
	w.mutex.Lock()
	w.environment = environment
	w.mutex.Unlock()
	return environment
}

// beginRun gives the run an id of its own: all runs of a test environment have the same.
func (w *world) beginRun(ctx context.Context, begin activities.Begin) (activities.Begun, error) {
	begin.Run.ID = fmt.Sprintf("run %d", w.runs)
	return w.workers[0].scanner.BeginRun(ctx, begin)
}

// migrateCustomers is the batch on one worker or another.
func (w *world) migrateCustomers(ctx context.Context, batch activities.Batch) (activities.BatchResult, error) {
	return w.chosen(ctx).migrator.MigrateCustomers(ctx, batch)
}

func (w *world) migrateCustomer(ctx context.Context, single activities.Single) (string, error) {
	return w.chosen(ctx).migrator.MigrateCustomer(ctx, single)
}

func (w *world) chosen(ctx context.Context) *served {
	info := activity.GetInfo(ctx)
	number := int(info.Attempt)
	for _, letter := range info.ActivityID {
		number += int(letter)
	}
	return w.workers[number%len(w.workers)]
}

// cancelRun cancels the run that is on.
func (w *world) cancelRun() {
	w.mutex.Lock()
	environment := w.environment
	w.mutex.Unlock()
	environment.RegisterDelayedCallback(func() {
		environment.UpdateWorkflow(workflows.UpdateCancel, "", ignored{}, workflows.CancelRequest{})
	}, 0)
}

// ignored takes an update's answer.
type ignored struct{}

func (ignored) Accept()             {}
func (ignored) Reject(error)        {}
func (ignored) Complete(any, error) {}

// mostAttempts is how often an activity may fail by itself.
const mostAttempts = 6

// watch sees each attempt of an activity.
type watch struct {
	interceptor.WorkerInterceptorBase
	world *world
}

func (w *watch) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	watching := &watchActivity{world: w.world}
	watching.Next = next
	return watching
}

type watchActivity struct {
	interceptor.ActivityInboundInterceptorBase
	world *world
}

// ExecuteActivity runs an attempt, which may be taken for dead in the middle.
func (a *watchActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	w := a.world
	info := activity.GetInfo(ctx)
	if reason := w.givenUp(info); reason != "" {
		return nil, temporal.NewNonRetryableApplicationError(reason, activities.TypeRefused, nil)
	}
	living, stop := context.WithCancel(ctx)
	own := &life{cancel: stop, dead: make(chan struct{})}
	type answer struct {
		result any
		err    error
	}
	answers := make(chan answer, 1)
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		defer stop()
		result, err := a.Next.ExecuteActivity(context.WithValue(living, lifeKey{}, own), in)
		answers <- answer{result, err}
	}()
	select {
	case <-own.dead:
		return nil, temporal.NewApplicationError(errDead.Error(), "Dead")
	case got := <-answers:
		select {
		case <-own.dead:
			return nil, temporal.NewApplicationError(errDead.Error(), "Dead")
		default:
		}
		w.note(info, got.err)
		return got.result, got.err
	}
}

func (w *world) note(info activity.Info, err error) {
	if err == nil {
		return
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.failures[info.ActivityType.Name] = err.Error()
}

// givenUp says why the run is given up, if it is.
func (w *world) givenUp(info activity.Info) string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if int(info.Attempt) > mostAttempts+len(w.way.disturbances) {
		w.endless = fmt.Sprintf("%s has failed %d times: %s", info.ActivityType.Name, info.Attempt, w.failures[info.ActivityType.Name])
	}
	if w.script.over() {
		w.endless = "the run has asked the database too often"
	}
	return w.endless
}

func (s *script) over() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.steps > mostSteps
}
