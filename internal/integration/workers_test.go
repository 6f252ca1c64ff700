package integration_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
)

// TestAWorkerThatStopsGivesItsBatchBack: no attempt is spent, no timeout waited
// for, and a second worker takes over.
func TestAWorkerThatStopsGivesItsBatchBack(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(1_000_000)
	first := s.startWorker()
	starter := s.startStarter()
	s.until("some progress", func() bool { return s.progress() > 50_000 })
	s.startWorker()
	first.signal(syscall.SIGTERM)
	require.Zero(t, first.wait(t), first.text())
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 1_000_000, 0)
	for _, event := range eventsOf(t, s.client(), "") {
		require.NotEqual(t, enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT, event.EventType)
		if started := event.GetActivityTaskStartedEventAttributes(); started != nil {
			require.EqualValues(t, 1, started.GetAttempt(), "an attempt was spent")
		}
	}
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

// TestAWrongWorkerIsRefused: one with another database, then one with another
// definition, joins beside the right one.
func TestAWrongWorkerIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	other := s.start("customers", nil, "--rows", "50", "--db", s.path("other.db"))
	require.Zero(t, other.wait(t))
	right := s.startWorker(slow("300")...)
	starter := s.startStarter(slow("300")...)
	s.until("some progress", func() bool { return s.progress() > 300 })
	wrong := s.start("worker", nil, "connection/url="+s.path("other.db"), "customer-migrator/log-file=")
	right.kill() // so that the wrong one is asked
	s.until("the refusal", func() bool {
		said := s.start("starter", nil, "status")
		said.wait(t)
		return strings.Contains(said.text(), "this run is about migration customer-contact") &&
			strings.Contains(said.text(), s.path("customers.db")) && strings.Contains(said.text(), s.path("other.db"))
	})
	wrong.kill()
	s.startWorker(slow("300")...)
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 4000, 0)
}

// upper is a migration in SQL that can be mended.
func (s *stack) upper(column string) string {
	s.Helper()
	folder := s.path("conf")
	require.NoError(s, os.MkdirAll(folder+"/migrations", 0o755))
	require.NoError(s, os.WriteFile(folder+"/migrations/upper.yaml", []byte(`
name: upper
version: "1"
check: SELECT id FROM customers WHERE id IN (:ids) AND last_name IS NULL
migrate: UPDATE customers SET first_name = upper(full_name), last_name = `+column+` WHERE id IN (:ids) AND last_name IS NULL
`), 0o644))
	return folder
}

// TestAMendedDefinition: bad customers trip the failure limit, the run pauses and
// says why; the definition is mended, and the run resumed with it.
func TestAMendedDefinition(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	s.execute(`UPDATE customers SET first_name = NULL, last_name = NULL`, `DELETE FROM audit`,
		`CREATE TRIGGER strict BEFORE UPDATE OF last_name ON customers WHEN new.last_name = 'BAD' AND new.id BETWEEN 500 AND 900
		 BEGIN SELECT RAISE(ABORT, 'last_name must not be BAD'); END`)
	options := []string{"--config", s.upper("'BAD'"), "customer-migrator/migration=upper", "customer-migrator/retry-interval=100ms", "customer-migration/failure-limit=20", "customer-migration/processes=4"}
	worker := s.startWorker(options...)
	starter := s.startStarter(options...)
	control := func(command string, more ...string) []string {
		return append(append([]string{command}, options[2:]...), more...)
	}
	s.until("the failure limit", func() bool {
		said := s.start("starter", nil, control("status")...)
		said.wait(t)
		return strings.Contains(said.text(), "more than the failure limit of 20")
	})
	s.upper("'GOOD'")
	worker.signal(syscall.SIGTERM)
	require.Zero(t, worker.wait(t))
	s.startWorker(options...)
	s.tell(0, control("resume", "--same-ledger")...)
	require.Equal(t, 1, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.EqualValues(t, 2000, end.Scanned)
	require.EqualValues(t, 2000, end.Migrated+end.Skipped+end.Failed)
	require.Equal(t, end.Failed, s.number("SELECT COUNT(*) FROM db_migrate_failures WHERE attempts = 3 AND error LIKE '%must not be BAD%'"))
	require.Equal(t, end.Migrated, s.number("SELECT COUNT(*) FROM db_migrate_ledger_upper WHERE outcome = 1"))
	require.Equal(t, end.Failed, s.number("SELECT COUNT(*) FROM customers WHERE last_name IS NULL"))
	require.GreaterOrEqual(t, end.Failed, int64(21))
	t.Logf("%d failed before the definition was mended, %d were migrated", end.Failed, end.Migrated)

	again := s.startStarter(append(options, "--same-ledger")...)
	require.Zero(t, again.wait(t), again.text())
	require.Equal(t, end.Failed, s.summary(again).Migrated, "the next run migrates those who failed")
	require.Zero(t, s.number("SELECT COUNT(*) FROM db_migrate_failures"))
}

func TestScatteredBadCustomersBecomeDeadLetters(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(20_000, "--poison", "50")
	s.startWorker()
	starter := s.startStarter("customer-migrator/retry-interval=100ms")
	require.Equal(t, 1, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 20_000, 50)
	require.EqualValues(t, 50, s.number("SELECT COUNT(*) FROM db_migrate_failures WHERE attempts = 3 AND error <> ''"))
}

// TestATableThatIsLockedOrGone makes no customer troubled.
func TestATableThatIsLockedOrGone(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(6000)
	s.startWorker(slow("500")...)
	starter := s.startStarter(slow("500")...)
	s.until("some progress", func() bool { return s.progress() > 500 })
	site := s.database()
	site.SetMaxOpenConns(1)
	_, err := site.Exec("BEGIN IMMEDIATE")
	require.NoError(t, err)
	s.until("locked rows to be noticed", func() bool { return strings.Contains(s.said("status"), "running") })
	lockedFor(t)
	_, err = site.Exec("COMMIT")
	require.NoError(t, err)
	before := s.progress()
	s.until("progress after the lock", func() bool { return s.progress() > before })
	s.execute("ALTER TABLE customers RENAME TO away")
	s.until("the missing table to be told", func() bool { return strings.Contains(s.said("status"), "no such table: customers") })
	s.execute("ALTER TABLE away RENAME TO customers")
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 6000, 0)
}
