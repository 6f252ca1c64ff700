package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/internal/memorytable"
	"db-migrate/migration"
	"db-migrate/workflows"
)

// trial is one migration of a table in memory, under Temporal's test clock.
type trial struct {
	*testing.T
	table    *memorytable.Table
	settings workflows.Settings
	// prepare is called for each run's environment, before it is executed.
	prepare func(run int, environment *testsuite.TestWorkflowEnvironment)
	// refuse makes a customer's migration fail with his own error.
	refuse func(row database.Row) error
	// around is called in the place of a batch's migration, which it is given; nil: that is.
	around func(ctx context.Context, batch activities.Batch, migrate migrate) (activities.BatchResult, error)
	// folder is where files of customer ids are.
	folder string
	// where is the worker's condition, which the table in memory does not read.
	where string
	// unchecked: the migration has statements, and no check.
	unchecked bool
}

func newTrial(t *testing.T, customers int) *trial {
	return &trial{T: t, table: memorytable.New(customers), settings: workflows.Settings{
		Migration: "trial", Environment: "test",
		Limits: workflows.Limits{Processes: 4, BatchTime: 5 * time.Second, BatchMax: 1000, FailureLimit: 100,
			Attempts: 3, RetryInterval: time.Second, FetchSize: 50},
	}}
}

func (t *trial) migration() migration.Migration {
	if t.unchecked {
		return migration.Migration{Name: "trial", Version: "1", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET new = old WHERE id IN (:ids)"}}}
	}
	return migration.Migration{Name: "trial", Version: "1", Where: t.where, Reads: []string{memorytable.ColumnOld}, Writes: []string{memorytable.ColumnNew},
		Change: func(_ context.Context, row database.Row) (database.Change, error) {
			var change database.Change
			if !row.Null(memorytable.ColumnNew) {
				return database.Change{PreviouslyMigrated: true}, nil
			}
			if t.refuse != nil {
				if err := t.refuse(row); err != nil {
					return change, err
				}
			}
			change.Set(memorytable.ColumnNew, "new "+row.Text(memorytable.ColumnOld))
			return change, nil
		}}
}

// run executes the workflow, over every continue-as-new, and returns the summary
// and how many runs it took.
func (t *trial) run() (workflows.Summary, int) {
	t.Helper()
	connection := &activities.Connection{Driver: t.table, Migration: t.migration()}
	require.NoError(t, connection.Open(t.Context()))
	fingerprint, err := connection.Fingerprint()
	require.NoError(t, err)
	t.settings.Expected = fingerprint
	input := workflows.Input{Settings: t.settings}
	for runs := 1; ; runs++ {
		summary, next, err := t.runOnce(connection, runs, input)
		require.NoError(t, err)
		if next == nil {
			return summary, runs
		}
		input = *next
	}
}

func (t *trial) runOnce(connection *activities.Connection, runs int, input workflows.Input) (summary workflows.Summary, next *workflows.Input, err error) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	environment := suite.NewTestWorkflowEnvironment()
	environment.SetTestTimeout(30 * time.Second)
	environment.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: 20 * time.Second}) // a busy machine is no deadlock
	files := &idfile.Folder{Path: t.folder}
	scanner := &activities.CustomerScanner{Connection: connection, Files: files}
	migrator := activities.NewCustomerMigrator(connection, t.migration(), nil, files)
	overseer := &workflows.MigrationOverseer{Scanner: scanner, Migrator: migrator}
	environment.RegisterWorkflowWithOptions(overseer.OverseeMigration, workflow.RegisterOptions{Name: workflows.WorkflowName})
	for _, function := range []any{scanner.BeginRun, scanner.ScanPage, scanner.ScanFile, scanner.FindBound, scanner.ListDeadLetters, scanner.CountLeft, scanner.ListLeft, scanner.EndRun,
		migrator.MigrateCustomer, migrator.BuryCustomer} {
		environment.RegisterActivityWithOptions(function, activity.RegisterOptions{})
	}
	environment.RegisterActivityWithOptions(func(ctx context.Context, batch activities.Batch) (activities.BatchResult, error) {
		batch.Rate = 0 // its cadence goes by the clock on the wall
		if t.around != nil {
			return t.around(ctx, batch, migrator.MigrateCustomers)
		}
		return migrator.MigrateCustomers(ctx, batch)
	}, activity.RegisterOptions{Name: "MigrateCustomers"})
	if t.prepare != nil {
		t.prepare(runs, environment)
	}
	environment.ExecuteWorkflow(workflows.WorkflowName, input)
	require.True(t, environment.IsWorkflowCompleted())
	err = environment.GetWorkflowError()
	var continued *workflow.ContinueAsNewError
	if errors.As(err, &continued) {
		next = &workflows.Input{}
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(continued.Input, next))
		return summary, next, nil
	}
	if err == nil {
		err = environment.GetWorkflowResult(&summary)
	}
	return summary, nil, err
}

// requireWhole holds the summary against the table: every customer once.
func (t *trial) requireWhole(summary workflows.Summary, customers int) {
	t.Helper()
	require.EqualValues(t, customers, summary.Scanned)
	require.EqualValues(t, customers, summary.Done())
	require.EqualValues(t, t.table.Ledgered(), summary.Migrated)
	require.Len(t, t.table.Letters(), int(summary.Failed))
	require.Zero(t, summary.Appeared)
	require.Zero(t, summary.Vanished)
	for id, times := range t.table.Changes {
		require.Equal(t, 1, times, "customer %d", id)
	}
}

func TestEveryCustomerIsMigratedOnce(t *testing.T) {
	for _, test := range []struct {
		name      string
		customers int
		change    func(*workflows.Limits)
	}{
		{"no customers", 0, func(*workflows.Limits) {}},
		{"one customer", 1, func(*workflows.Limits) {}},
		{"batches by time", 5000, func(*workflows.Limits) {}},
		{"an activity per customer", 120, func(l *workflows.Limits) { l.BatchSize = 1 }},
		{"fixed batches", 1000, func(l *workflows.Limits) { l.BatchSize = 70 }},
		{"a transaction per customer", 500, func(l *workflows.Limits) { l.TransactionSize = 1 }},
		{"a small buffer", 300, func(l *workflows.Limits) { l.BlockSize = 10 }},
		{"one process", 300, func(l *workflows.Limits) { l.Processes = 1 }},
		{"a rate", 500, func(l *workflows.Limits) { l.Rate = 100 }},
		{"two sweeps", 200, func(l *workflows.Limits) { l.BatchSize = 20 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			trial := newTrial(t, test.customers)
			test.change(&trial.settings.Limits)
			summary, _ := trial.run()
			trial.requireWhole(summary, test.customers)
			require.EqualValues(t, test.customers, summary.Migrated)
			require.Equal(t, workflows.PhaseCompleted, summary.Phase)
			require.Equal(t, []string{"completed"}, trial.table.Endings)
		})
	}
}

func TestTroubledCustomersEndAsDeadLetters(t *testing.T) {
	trial := newTrial(t, 400)
	trial.refuse = func(row database.Row) error {
		if id := row.Key.String(); id == "7" || id == "200" || id == "400" {
			return fmt.Errorf("customer %s cannot be understood", id)
		}
		return nil
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 400)
	require.EqualValues(t, 3, summary.Failed)
	for _, letter := range trial.table.Letters() {
		require.Equal(t, 3, letter.Attempts)
		require.Equal(t, "customer "+letter.Key.String()+" cannot be understood", letter.Error)
	}
}

func TestASetThatFailsIsDividedDownToTheCustomer(t *testing.T) {
	trial := newTrial(t, 300)
	tries := 0
	trial.table.Fail = func(customers []int) error {
		for _, id := range customers {
			if id == 150 {
				tries++
				return database.OwnError(errors.New("constraint customers_check failed"))
			}
		}
		return nil
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 300)
	require.EqualValues(t, 1, summary.Failed)
	require.GreaterOrEqual(t, tries, 3)
}

func TestTooManyFailuresPauseTheRun(t *testing.T) {
	trial := newTrial(t, 300)
	trial.settings.Limits.FailureLimit = 10
	trial.refuse = func(row database.Row) error {
		if len(row.Key.String()) == 2 {
			return errors.New("bad")
		}
		return nil
	}
	var paused []workflows.Status
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		for minute := range 20 {
			environment.RegisterDelayedCallback(func() {
				status := statusOf(t, environment)
				if status.Phase == workflows.PhasePaused {
					paused = append(paused, status)
					update(t, environment, workflows.UpdateResume, workflows.ResumeRequest{})
				}
			}, time.Duration(minute+1)*10*time.Minute)
		}
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 300)
	require.EqualValues(t, 90, summary.Failed)
	require.NotEmpty(t, paused)
	require.Contains(t, paused[0].PauseReason, "more than the failure limit of 10")
	require.Regexp(t, `; the last one, customer \S+: .+`, paused[0].PauseReason)
	for i := 1; i < len(paused); i++ {
		require.Contains(t, paused[i].PauseReason, "customer-migration/failure-limit is 10, and resuming has raised it to ")
		require.Greater(t, paused[i].FailureLimit, paused[i-1].FailureLimit)
	}
}

func TestContinueAsNewLosesNothing(t *testing.T) {
	for size, least := range map[int]int{0: 2, 1: 15, 10: 15} { // without a size batches are few under a rate
		t.Run(fmt.Sprintf("batch size %d", size), func(t *testing.T) {
			trial := newTrial(t, 400)
			trial.settings.Limits.BatchSize = size
			trial.settings.Limits.BatchMax = 10
			trial.settings.Limits.Rate = 15 // a run of less than a second does not continue as new
			trial.refuse = func(row database.Row) error {
				if row.Key.String() == "55" {
					return errors.New("bad")
				}
				return nil
			}
			last := int64(0)
			trial.prepare = func(run int, environment *testsuite.TestWorkflowEnvironment) {
				environment.SetOnActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
					done := statusOf(t, environment).Totals.Done()
					require.GreaterOrEqual(t, done, last)
					last = done
					if run < 20 {
						environment.SetContinueAsNewSuggested(true)
					}
				})
			}
			summary, runs := trial.run()
			trial.requireWhole(summary, 400)
			require.EqualValues(t, 1, summary.Failed)
			require.GreaterOrEqual(t, runs, least)
		})
	}
}

// TestNoRunContinuesAsNewWithinASecond: Temporal would let the next one wait.
func TestNoRunContinuesAsNewWithinASecond(t *testing.T) {
	trial := newTrial(t, 300)
	trial.settings.Limits.BatchSize = 1
	trial.settings.Limits.Rate = 100
	var environments []*testsuite.TestWorkflowEnvironment
	var begun []time.Time
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.SetContinueAsNewSuggested(true)
		environments, begun = append(environments, environment), append(begun, environment.Now())
	}
	summary, runs := trial.run()
	trial.requireWhole(summary, 300)
	require.Greater(t, runs, 1)
	for i := range runs - 1 { // the last one has ended
		require.GreaterOrEqual(t, environments[i].Now().Sub(begun[i]), time.Second)
	}
}

func TestCancelLeavesAPagingState(t *testing.T) {
	trial := newTrial(t, 2000)
	trial.settings.Limits.BatchSize = 10
	trial.settings.Limits.Rate = 100
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.RegisterDelayedCallback(func() {
			update(t, environment, workflows.UpdateCancel, workflows.CancelRequest{})
		}, 5*time.Second)
	}
	first, _ := trial.run()
	require.Equal(t, workflows.PhaseCancelled, first.Phase)
	require.Equal(t, []string{"cancelled"}, trial.table.Endings)
	require.NotNil(t, trial.table.State())
	require.Equal(t, first.Position, trial.table.State().Position)
	require.InDelta(t, 500, first.Migrated, 150)

	trial.prepare = nil
	trial.settings.Limits.Rate = 0
	second, _ := trial.runWithID("second")
	require.Equal(t, workflows.PhaseCompleted, second.Phase)
	require.EqualValues(t, 2000, first.Migrated+second.Migrated)
	require.Less(t, second.Scanned, int64(2000))
	for id, times := range trial.table.Changes {
		require.Equal(t, 1, times, "customer %d", id)
	}
}

func (t *trial) runWithID(string) (workflows.Summary, int) { return t.run() }

func TestADryRunWritesNothing(t *testing.T) {
	trial := newTrial(t, 250)
	trial.settings.DryRun = true
	trial.refuse = func(row database.Row) error {
		if row.Key.String() == "9" {
			return errors.New("cannot be understood")
		}
		return nil
	}
	summary, _ := trial.run()
	require.EqualValues(t, 249, summary.Migrated)
	require.EqualValues(t, 1, summary.Failed)
	require.Equal(t, "cannot be understood", summary.Refused[0].Error)
	require.Empty(t, trial.table.Changes)
	require.Zero(t, trial.table.Ledgered())
	require.Empty(t, trial.table.Endings)
}

func TestPauseAndResume(t *testing.T) {
	trial := newTrial(t, 1000)
	trial.settings.Limits.BatchSize = 10
	trial.settings.Limits.Rate = 100
	var atPause, atResume workflows.Status
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.RegisterDelayedCallback(func() {
			update(t, environment, workflows.UpdatePause, workflows.PauseRequest{Reason: "lunch"})
		}, 3*time.Second)
		environment.RegisterDelayedCallback(func() { atPause = statusOf(t, environment) }, 5*time.Second)
		environment.RegisterDelayedCallback(func() {
			atResume = statusOf(t, environment)
			update(t, environment, workflows.UpdateResume, workflows.ResumeRequest{})
		}, time.Hour)
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 1000)
	require.Equal(t, workflows.PhasePaused, atPause.Phase)
	require.Equal(t, "lunch", atPause.PauseReason)
	require.Equal(t, atPause.Totals, atResume.Totals)
	require.Greater(t, summary.ElapsedSeconds, 3600.0)
}

// TestTheRateChangesInMidRun: a change holds from then on, over continue-as-new,
// too. Times are those of Temporal's test clock.
func TestTheRateChangesInMidRun(t *testing.T) {
	for _, test := range []struct {
		name       string
		start      float64
		at         time.Duration
		rate       float64
		continuing bool
		seconds    float64
	}{
		{"slower", 100, 2 * time.Second, 10, false, 2 + 80},
		{"slower, over continue-as-new", 100, 2 * time.Second, 10, true, 2 + 80},
		{"faster", 10, 20 * time.Second, 100, false, 20 + 8},
		{"without a limit", 10, 20 * time.Second, 0, false, 20},
		{"much faster while the next batch waits for long", 0.1, 20 * time.Second, 100, false, 20 + 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			trial := newTrial(t, 1000)
			trial.settings.Limits.BatchSize, trial.settings.Limits.Rate = 10, test.start
			trial.prepare = func(run int, environment *testsuite.TestWorkflowEnvironment) {
				if run == 1 {
					environment.RegisterDelayedCallback(func() {
						update(t, environment, workflows.UpdateRate, workflows.RateRequest{Rate: test.rate})
					}, test.at)
				}
				if test.continuing && run < 5 {
					environment.RegisterDelayedCallback(func() { environment.SetContinueAsNewSuggested(true) }, 5*time.Second)
				}
			}
			summary, runs := trial.run()
			trial.requireWhole(summary, 1000)
			require.Equal(t, test.continuing, runs > 1)
			require.InDelta(t, test.seconds, summary.ElapsedSeconds, 5)
		})
	}
}

// TestALowRateHasFewBatches: at 700 rows a second one process does, with a batch that
// lasts for twenty seconds, after some to learn the time of a row, and few pages.
func TestALowRateHasFewBatches(t *testing.T) {
	const customers = 7000
	trial := newTrial(t, customers)
	trial.settings.Limits.Processes, trial.settings.Limits.Rate, trial.settings.Limits.BatchMax = 20, 700, 250_000
	started := map[string]int{}
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		environment.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, arguments converter.EncodedValues) {
			var batch activities.Batch
			if started[info.ActivityType.Name]++; info.ActivityType.Name == "MigrateCustomers" {
				require.NoError(t, arguments.Get(&batch))
				require.Equal(t, 700.0, batch.Rate, "one is in hand, and keeps the rate by itself")
			}
		})
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, customers)
	require.LessOrEqual(t, started["MigrateCustomers"], 8)
	require.LessOrEqual(t, started["ScanPage"], 8)
}

func TestTheScannerParksWhenTheBufferIsFull(t *testing.T) {
	trial := newTrial(t, 5000)
	trial.settings.Limits.BatchSize = 10
	trial.settings.Limits.BlockSize = 100
	trial.settings.Limits.Rate = 50
	var parked int
	trial.prepare = func(_ int, environment *testsuite.TestWorkflowEnvironment) {
		for second := range 20 {
			environment.RegisterDelayedCallback(func() {
				status := statusOf(t, environment)
				require.LessOrEqual(t, status.Scanner.Buffered, 100)
				if status.Scanner.State == workflows.ScannerParked {
					parked++
				}
			}, time.Duration(second+1)*time.Second)
		}
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 5000)
	require.Positive(t, parked)
	require.InDelta(t, 100, summary.ElapsedSeconds, 5) // 5,000 customers at 50/s
}

func statusOf(t *testing.T, environment *testsuite.TestWorkflowEnvironment) workflows.Status {
	t.Helper()
	value, err := environment.QueryWorkflow(workflows.QueryStatus)
	require.NoError(t, err)
	var status workflows.Status
	require.NoError(t, value.Get(&status))
	return status
}

func update(t *testing.T, environment *testsuite.TestWorkflowEnvironment, name string, request any) {
	t.Helper()
	environment.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{
		OnAccept:   func() {},
		OnReject:   func(err error) { t.Errorf("%s was rejected: %v", name, err) },
		OnComplete: func(_ any, err error) { require.NoError(t, err) },
	}, request)
}
