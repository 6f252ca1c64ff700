package integration_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdk "go.temporal.io/sdk/worker"
	temporalworkflow "go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/workflows"
)

// forger is somebody who may reach Temporal, and nothing else.
type forger struct {
	*stack
	client client.Client
}

// call asks db-migrate's workers for an activity, by its name alone.
func call(ctx temporalworkflow.Context, name string, order any) error {
	ctx = temporalworkflow.WithActivityOptions(ctx, temporalworkflow.ActivityOptions{TaskQueue: contactQueue, StartToCloseTimeout: time.Minute,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}})
	return temporalworkflow.ExecuteActivity(ctx, name, order).Get(ctx, nil)
}

func (s *stack) forger() *forger {
	s.Helper()
	connected := s.client()
	own := sdk.New(connected, "forger", sdk.Options{})
	own.RegisterWorkflowWithOptions(call, temporalworkflow.RegisterOptions{Name: "call"})
	require.NoError(s, own.Start())
	s.Cleanup(own.Stop)
	return &forger{s, connected}
}

func (f *forger) call(name string, order any) error {
	f.Helper()
	run, err := f.client.ExecuteWorkflow(f.Context(), client.StartWorkflowOptions{TaskQueue: "forger"}, "call", name, order)
	require.NoError(f, err)
	ctx, cancel := context.WithTimeout(f.Context(), patience)
	defer cancel()
	return run.Get(ctx, nil)
}

// fingerprint is what the worker answers everybody.
func (f *forger) fingerprint() activities.Fingerprint {
	f.Helper()
	run, err := f.client.ExecuteWorkflow(f.Context(), client.StartWorkflowOptions{TaskQueue: contactQueue}, workflows.AskName,
		workflows.Question{Activity: "InspectTable", Patience: time.Minute, Input: json.RawMessage("{}")})
	require.NoError(f, err)
	var answer activities.Inspection
	require.NoError(f, run.Get(f.Context(), &answer))
	return answer.Fingerprint
}

// orders are all that reads or writes for a run, with an order of it.
func orders(order activities.Order) map[string]any {
	key := database.Key{"7"}
	return map[string]any{
		"MigrateCustomers": activities.Batch{Order: order, Process: 1, BatchTime: time.Second, Ranges: []database.Range{{Sequence: 1, UpTo: database.Key{"500"}, Customers: 500}}},
		"MigrateCustomer":  activities.Single{Order: order, Process: 1, Key: key, Sequence: 1},
		"BuryCustomer":     activities.Burial{Order: order, Letter: database.DeadLetter{Key: key, Sequence: 1, Error: "forged", Attempts: 3}},
		"ScanPage":         activities.PageRequest{Order: order, UpTo: database.Key{"500"}, RangeSize: 10, Customers: 100, FetchSize: 100},
		"ListDeadLetters":  activities.DeadLetterList{Order: order, Limit: 10},
		"CountLeft":        activities.ClosingRequest{Order: order, Full: true},
		"ListLeft":         activities.ClosingRequest{Order: order, Limit: 10},
		"FindBound":        activities.BoundRequest{Order: order},
		"EndRun":           activities.End{Order: order, Outcome: "completed", Discard: true},
	}
}

// requireRefused: each of them is refused for this reason.
func (f *forger) requireRefused(order activities.Order, kind, what string, but ...string) {
	f.Helper()
	asked := orders(order)
	for _, name := range but {
		delete(asked, name)
	}
	for name, order := range asked {
		err := f.call(name, order)
		var refused *temporal.ApplicationError
		require.ErrorAs(f, err, &refused, "%s: %s", what, name)
		require.Equal(f, kind, refused.Type(), "%s: %s: %v", what, name, err)
	}
}

// TestForgedOrdersAreRefused: of a run that nobody knows, of one that has ended, of a
// living one's number with another id, and of another fingerprint.
func TestForgedOrdersAreRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	s.startWorker(slow("200")...)
	f := s.forger()
	own := f.fingerprint()
	f.requireRefused(activities.Order{Run: database.Run{Number: 1, ID: "forged"}, Expected: own}, activities.TypeRunOver, "nothing has run")
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
	require.Zero(t, s.progress())

	first := s.startStarter(append(slow("200"), "--to", "300")...)
	require.Zero(t, first.wait(t), first.text())
	ended := activities.Order{Run: s.newestRun(), Expected: own}
	require.NoError(t, f.call("EndRun", orders(ended)["EndRun"]), "an end may be repeated")
	f.requireRefused(ended, activities.TypeRunOver, "the run has ended", "EndRun")
	require.Equal(t, s.summary(first).Migrated, s.progress())

	before := s.progress()
	second := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > before })
	living := activities.Order{Run: s.newestRun(), Expected: own}
	require.NotEqual(t, ended.Run.Number, living.Run.Number)
	f.requireRefused(ended, activities.TypeRunOver, "another run is alive", "EndRun")
	require.NoError(t, f.call("EndRun", orders(ended)["EndRun"]))
	other := living
	other.Run.ID = "forged"
	f.requireRefused(other, activities.TypeRunOver, "the number of a living run")
	other.DryRun = true // writes nothing, so that reading is not refused
	for _, name := range []string{"MigrateCustomer", "BuryCustomer"} {
		require.ErrorContains(t, f.call(name, orders(other)[name]), "is over, or unknown to this database", name)
	}
	require.NoError(t, f.call("MigrateCustomers", orders(other)["MigrateCustomers"]))
	wrong := living
	wrong.Expected.Definition = "forged"
	f.requireRefused(wrong, activities.TypeWrongWorker, "another definition", "EndRun")
	wrong = living
	wrong.Expected.Target.Table = "others"
	f.requireRefused(wrong, activities.TypeWrongWorker, "another table")
	require.Zero(t, s.number("SELECT COUNT(*) FROM db_migrate_failures"))
	require.Contains(t, s.tell(0, "rate", "0"), "the migration is running")
	require.Zero(t, second.wait(t), second.text())
	require.EqualValues(t, s.ledgered(), s.number("SELECT COUNT(*) FROM audit"))
	require.EqualValues(t, s.ledgered(), s.number("SELECT COUNT(DISTINCT id) FROM audit"))
}

// newestRun is the run that was begun last.
func (s *stack) newestRun() database.Run {
	s.Helper()
	opened := s.database()
	defer opened.Close()
	var run database.Run
	require.NoError(s, opened.QueryRow("SELECT number, run_id FROM db_migrate_runs ORDER BY number DESC LIMIT 1").Scan(&run.Number, &run.ID))
	return run
}

// TestWhatAForgerCanDo is what docs/security.md says: a living run's own order is
// believed, each row is changed once all the same, and a forged dead letter stops
// nothing for good.
func TestWhatAForgerCanDo(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	s.startWorker(slow("10")...)
	first := s.startStarter(slow("10")...)
	s.until("some progress", func() bool { return s.progress() > 0 })
	f := s.forger()
	living := activities.Order{Run: s.newestRun(), Expected: f.fingerprint()}
	last := database.Key{fmt.Sprint(s.number("SELECT MAX(id) FROM customers WHERE first_name IS NULL"))}
	require.NoError(t, f.call("BuryCustomer", activities.Burial{Order: living, Letter: database.DeadLetter{Key: last, Sequence: 1, Error: "forged", Attempts: 3}}))
	require.NoError(t, f.call("MigrateCustomers", activities.Batch{Order: living, Process: 1, BatchTime: time.Second,
		Ranges: []database.Range{{Sequence: 99_999, UpTo: database.Key{"1000"}, Customers: 1000}}}))
	s.tell(0, "rate", "0")
	require.Equal(t, 1, first.wait(t), "a row is left: %s", first.text())
	require.EqualValues(t, 1, s.summary(first).Failed)
	require.EqualValues(t, 1, s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"), "the row with the forged dead letter")
	require.EqualValues(t, 1, s.number("SELECT COUNT(*) FROM db_migrate_failures"))
	require.EqualValues(t, s.number("SELECT COUNT(*) FROM audit"), s.number("SELECT COUNT(DISTINCT id) FROM audit"))
	again := s.startStarter()
	require.Zero(t, again.wait(t), again.text())
	require.Zero(t, s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
	require.EqualValues(t, s.number("SELECT COUNT(*) FROM audit"), s.number("SELECT COUNT(DISTINCT id) FROM audit"))
	require.EqualValues(t, s.ledgered(), s.number("SELECT COUNT(*) FROM audit"))
}

// TestWhatTravels: of rows that are simply migrated no value gets into Temporal; of a
// row that fails its error does, and of a dry run what it shows.
func TestWhatTravels(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(500)
	s.execute("UPDATE customers SET phone = 'no phone at all', first_name = NULL WHERE id = (SELECT MAX(id) FROM customers)",
		"UPDATE customers SET email = 'Secret' || id || '@Example.com', first_name = NULL WHERE id < 400")
	s.startWorker("customer-migrator/retry-interval=10ms")
	starter := s.startStarter()
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Positive(t, s.number("SELECT COUNT(*) FROM audit WHERE id < 400"))
	require.False(t, s.stored("Secret"))
	require.True(t, s.stored("no phone at all"), "an error holds the value")
	require.False(t, s.stored("connection/url"))
	s.execute("UPDATE customers SET first_name = NULL WHERE id < 400", "DELETE FROM db_migrate_ledger_customers_customer_contact")
	s.startStarter("--dry-run").wait(t)
	require.True(t, s.stored("Secret"), "a dry run shows rows")
}

// stored reports whether Temporal has stored a text.
func (s *stack) stored(text string) bool {
	s.Helper()
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(s.path("temporal.db" + end))
		require.True(s, err == nil || os.IsNotExist(err), "%v", err)
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}
