package integration_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"

	"db-migrate/activities"
)

// TestAWorkerThatStopsGivesItsBatchBack: no attempt is spent, no timeout waited
// for, and a second worker takes over.
func TestAWorkerThatStopsGivesItsBatchBack(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(150_000)
	slowly := "customer-migration/rate=15000" // ten seconds
	first := s.startWorker(slowly)
	starter := s.startStarter(slowly)
	s.until("some progress", func() bool { return s.progress() > 20_000 })
	s.startWorker(slowly)
	connected := s.client()
	s.until("a batch in the first one's hand", func() bool { return s.hasBatch(connected, first) })
	first.signal(syscall.SIGTERM)
	require.Zero(t, first.wait(t), first.text())
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 150_000, 0)
	for _, activity := range s.activities() {
		require.False(t, activity.timedOut, activity.kind)
		require.EqualValues(t, 1, activity.attempt, "an attempt at %s was spent: %s", activity.kind, activity.failure)
	}
	given := rests(s.batches(), activities.RestStopping)
	require.Positive(t, given, "the worker was stopped between two batches")
	require.Len(t, workersOf(s.batches()), 2)
	t.Logf("%d batches were given back; by worker: %v", given, workersOf(s.batches()))
}

// hasBatch reports whether a worker works on a batch: its name begins with its process.
func (s *stack) hasBatch(connected client.Client, worker *process) bool {
	s.Helper()
	description, err := connected.DescribeWorkflowExecution(s.Context(), workflow, "")
	require.NoError(s, err)
	return slices.ContainsFunc(description.GetPendingActivities(), func(pending *workflowpb.PendingActivityInfo) bool {
		return pending.GetActivityType().GetName() == "MigrateCustomers" && pending.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED &&
			strings.HasPrefix(pending.GetLastWorkerIdentity(), fmt.Sprint(worker.Process.Pid, "@"))
	})
}

func TestAWorkerOfAnotherEnvironmentTakesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(1000)
	staging := s.start("worker", []string{"DB_MIGRATE_STAGING_URL=" + s.path("customers.db")}, "-e", "staging", "customer-migrator/log-file=")
	s.until("the worker", func() bool { return strings.Contains(staging.text(), " serves ") })
	require.Contains(t, s.tell(3), "no worker polls task queue db-migrate/localhost")
	s.startWorker()
	starter := s.startStarter()
	require.Zero(t, starter.wait(t))
	s.requireExact(s.summary(starter), 1000, 0)
}

// TestAWrongWorkerIsRefused: one with another database joins beside the right
// one, and then for a while has the queue to itself.
func TestAWrongWorkerIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	other := s.start("customers", nil, "--rows", "50", "--db", s.path("other.db"))
	require.Zero(t, other.wait(t))
	untouched := s.numberIn("other.db", "SELECT COUNT(*) FROM customers WHERE first_name IS NULL")
	right := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 20 })
	s.start("worker", nil, "connection/url="+s.path("other.db"), "customer-migrator/log-file=")
	right.kill() // so that the wrong one is asked
	s.until("the refusal", func() bool {
		said := s.said("status")
		return strings.Contains(said, "this run is about migration customer-contact") &&
			strings.Contains(said, s.path("customers.db")) && strings.Contains(said, s.path("other.db"))
	})
	for _, words := range [][]string{{"failures"}, {"row", "7"}} {
		said := s.tell(1, words...)
		require.Contains(t, said, "a worker of another database than the run's has answered, so that nothing is shown: this run is about")
		require.Contains(t, said, "on sqlite "+s.path("other.db"))
		require.Contains(t, said, "one of the run's is started by: bin/worker customer-migrator/migration=customer-contact connection/url="+s.path("customers.db")+"\n")
	}
	s.startWorker(slow("20")...)
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 4000, 0)
	require.Equal(t, untouched, s.numberIn("other.db", "SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
}

// TestAWorkerWithAnotherDefinitionIsRefused: the same with a changed definition.
func TestAWorkerWithAnotherDefinitionIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.execute(`UPDATE customers SET first_name = NULL, last_name = NULL`, `DELETE FROM audit`)
	options := append(slow("20"), "--config", s.upper("'RIGHT'"), "customer-migrator/migration=upper")
	right := s.startWorker(options...)
	starter := s.startStarter(options...)
	s.until("some progress", func() bool { return s.progress() > 20 })
	s.upper("'WRONG'")
	s.startWorker(options...)
	right.kill()
	refusal := regexp.MustCompile(`this run is about migration upper \(definition (\S+)\) .*the worker has migration upper \(definition (\S+)\)`)
	connected := s.client()
	s.until("the refusal", func() bool {
		require.False(t, ended(starter), "nothing was refused")
		sides := refusal.FindStringSubmatch(s.lastFailures(connected, "migration/upper/localhost"))
		return sides != nil && sides[1] != sides[2]
	})
	s.upper("'RIGHT'")
	s.startWorker(options...)
	s.release(options[2:]...)
	require.Zero(t, starter.wait(t), starter.text())
	require.EqualValues(t, 3000, s.summary(starter).Migrated)
	require.EqualValues(t, 3000, s.number("SELECT COUNT(*) FROM customers WHERE last_name = 'RIGHT'"))
	require.EqualValues(t, 3000, s.number("SELECT COUNT(*) FROM audit"))
}
