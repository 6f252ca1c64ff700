package integration_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/database"
)

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
	require.Equal(t, end.Migrated, s.number("SELECT COUNT(*) FROM db_migrate_ledger_customers_upper WHERE outcome = 1"))
	require.Equal(t, end.Failed, s.number("SELECT COUNT(*) FROM customers WHERE last_name IS NULL"))
	require.GreaterOrEqual(t, end.Failed, int64(21))
	t.Logf("%d failed before the definition was mended, %d were migrated", end.Failed, end.Migrated)

	again := s.startStarter(append(options, "--same-ledger")...)
	require.Zero(t, again.wait(t), again.text())
	require.Equal(t, end.Failed, s.summary(again).Migrated, "the next run migrates those who failed")
	require.Zero(t, s.number("SELECT COUNT(*) FROM db_migrate_failures"))
}

// TestAStretchOfBadCustomersPausesTheRun: their data is mended, and the run
// resumed; the next one migrates those who had failed before.
func TestAStretchOfBadCustomersPausesTheRun(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000, "--poison-stretch", "1000:400")
	s.startWorker()
	options := []string{"customer-migrator/retry-interval=100ms", "customer-migration/failure-limit=100", "customer-migration/processes=4"}
	starter := s.startStarter(options...)
	s.until("the failure limit", func() bool {
		return strings.Contains(s.said("status"), "PAUSED: ") && strings.Contains(s.said("status"), "more than the failure limit of 100")
	})
	require.False(t, ended(starter))
	s.execute(`UPDATE customers SET full_name = 'Mended Customer', phone = '415 555 0123', email = 'mended@example.com' WHERE id BETWEEN 1001 AND 1400`)
	s.tell(0, "resume")
	require.Equal(t, 1, starter.wait(t), starter.text())
	end := s.summary(starter)
	s.requireExact(end, 3000, end.Failed)
	require.GreaterOrEqual(t, end.Failed, int64(101))
	require.Less(t, end.Failed, int64(400), "those who waited while the run was paused are migrated")
	again := s.startStarter(options...)
	require.Zero(t, again.wait(t), again.text())
	require.Equal(t, end.Failed, s.summary(again).Migrated, "the next run migrates those who failed")
	require.Zero(t, s.number("SELECT COUNT(*) FROM db_migrate_failures"))
	require.EqualValues(t, 400, s.number("SELECT COUNT(*) FROM customers WHERE last_name = 'Customer' AND first_name = 'Mended'"))
	t.Logf("%d of 400 bad customers failed before the data was mended", end.Failed)
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
	s.requireFailures(50)
}

// requireFailures: the starter lists those whom the table of dead letters has.
func (s *stack) requireFailures(number int) {
	s.Helper()
	lines := strings.Split(strings.TrimSpace(s.said("failures")), "\n")
	require.Len(s, lines, number+2)
	require.Contains(s, lines[number+1], fmt.Sprintf("%d customers of migration customer-contact failed. The next start tries them again; only them: starter retry", number))
	for _, line := range lines[:number] {
		require.Regexp(s, `^customer \d+ \(3 attempts\): .+`, line)
	}
	few := s.said("failures", "--limit", "7")
	require.Equal(s, strings.Join(lines[:7], "\n")+"\n\nThese are the first 7, and there are more: --limit 0 lists all.\n", few)
	for _, line := range strings.Split(strings.TrimSpace(s.said("failures", "--limit", "0", "--output", "json")), "\n") {
		var letter database.DeadLetter
		require.NoError(s, json.Unmarshal([]byte(line), &letter), line)
		require.Equal(s, 3, letter.Attempts)
		require.EqualValues(s, 1, s.number("SELECT COUNT(*) FROM db_migrate_failures WHERE customer = '"+letter.Key.Stored()+"'"))
	}
	require.Contains(s, s.said("failures", "customer-migrator/migration=shout"), "no worker polls task queue db-migrate/localhost/shout/customers; nothing was started\nstart one: bin/worker customer-migrator/migration=shout\n")
}

// TestATableThatIsLockedOrGone makes no customer troubled.
func TestATableThatIsLockedOrGone(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(7000)
	s.startWorker(slow("50")...)
	starter := s.startStarter(slow("50")...)
	s.until("some progress", func() bool { return s.progress() > 50 })
	site := s.database()
	site.SetMaxOpenConns(1)
	_, err := site.Exec("BEGIN IMMEDIATE")
	require.NoError(t, err)
	s.until("a batch given back for the lock", func() bool { return rests(s.batches(), activities.RestContention) > 0 })
	_, err = site.Exec("COMMIT")
	require.NoError(t, err)
	before := s.progress()
	s.until("progress after the lock", func() bool { return s.progress() > before })
	s.execute("ALTER TABLE customers RENAME TO away")
	s.until("the missing table to be told", func() bool {
		return regexp.MustCompile("no such table: customers|there is no table customers in").MatchString(s.said("status"))
	})
	s.execute("ALTER TABLE away RENAME TO customers")
	s.release()
	s.until("the end", func() bool {
		if !ended(starter) && strings.Contains(s.said("status"), "): paused") {
			s.said("resume") // the table was away for long on a busy machine
		}
		return ended(starter)
	})
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 7000, 0)
	for _, activity := range s.activities() {
		require.NotEqual(t, "MigrateCustomer", activity.kind, "a customer was troubled")
	}
	t.Logf("%d batches were given back for the lock", rests(s.batches(), activities.RestContention))
}
