package integration_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
)

// shout is a migration in SQL whose check cannot use an index.
const shout = `name: shout
check: SELECT id FROM customers WHERE (id IN (:ids)) IS TRUE AND email_normalized IS NULL
migrate: UPDATE customers SET email_normalized = upper(email) WHERE id IN (:ids) AND email_normalized IS NULL
`

// only is the standard output of a starter that ends with a code.
func (s *stack) only(code int, arguments ...string) string {
	s.Helper()
	command := exec.Command(filepath.Join(s.bin, "starter"), readBy("starter", arguments)...)
	command.Dir, command.Env = s.folder, s.environment()
	output, _ := command.Output()
	require.Equal(s, code, command.ProcessState.ExitCode(), string(output))
	return string(output)
}

func (s *stack) writeMigration(name, text string) {
	s.Helper()
	require.NoError(s, os.MkdirAll(s.path("migrations"), 0o755))
	require.NoError(s, os.WriteFile(s.path("migrations/"+name+".yaml"), []byte(text), 0o644))
}

// TestACheckStartsNothing: it shows the table as the worker sees it now, and the
// database stays as it was, byte by byte. What it finds refuses a start.
func TestACheckStartsNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	s.writeMigration("shout", shout)
	before, err := os.ReadFile(s.path("customers.db"))
	require.NoError(t, err)
	chosen := []string{"--config", s.folder, "customer-migrator/migration=shout"}
	s.startWorker(chosen...)
	text := s.tell(0, append(chosen, "--check")...)
	t.Log(text)
	for _, part := range []string{
		"table       sqlite " + s.path("customers.db") + ", table customers\ncustomers   about 2,000\nkey         id, by INTEGER PRIMARY KEY\nledger      \"db_migrate_ledger_customers_shout\"\n",
		"\nmigrate statement 1\n  UPDATE customers SET email_normalized = upper(email) WHERE id IN (?", "SEARCH customers USING INTEGER PRIMARY KEY",
		"! FULL SCAN: check reads ALL of table customers each time it runs", "SCAN customers", "No problems were found. Nothing was started or written.",
	} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, "trigger audit_update", "it is for another column")
	after, err := os.ReadFile(s.path("customers.db"))
	require.NoError(t, err)
	require.True(t, string(before) == string(after), "the database file has changed")
	var check activities.Check
	require.NoError(t, json.Unmarshal([]byte(s.only(0, append(chosen, "--check", "--output", "json")...)), &check))
	require.Equal(t, "shout", check.Fingerprint.Migration)
	require.Len(t, check.Examination.Statements, 4)
	require.Contains(t, s.tell(3, "--check"), "no worker polls task queue db-migrate/localhost/customer-contact/customers; nothing was started\nstart one: bin/worker\n")

	s.execute("ALTER TABLE customers RENAME COLUMN email_normalized TO mail", "ALTER TABLE customers RENAME COLUMN email TO plain")
	text = s.tell(1, append(chosen, "--check")...)
	t.Log(text)
	require.Contains(t, text, "2 problems; the migration would be refused, and nothing was started:\n  migration shout, check: ")
	require.Contains(t, text, "\n  migration shout, migrate statement 1: ")
	text = s.tell(1, chosen...)
	require.Contains(t, text, "nothing was started, for 2 problems:\n  migration shout, check: ")
}

// TestALedgerIsMadeAndDroppedByTheDBA: the printed DDL runs in SQLite's own client.
func TestALedgerIsMadeAndDroppedByTheDBA(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	worker := s.startWorker()
	ddl := s.only(0, "ledger", "ddl")
	t.Log(ddl)
	require.Equal(t, 6, strings.Count(ddl, "\nCREATE TABLE"))
	if client, err := exec.LookPath("sqlite3"); err == nil {
		command := exec.Command(client, "-bail", s.path("customers.db"))
		command.Stdin = strings.NewReader(ddl)
		output, err := command.CombinedOutput()
		require.NoError(t, err, string(output))
	} else {
		s.execute(ddl)
	}
	require.EqualValues(t, 6, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'db_migrate%'"))
	require.Contains(t, s.tell(2, "ledger", "drop"), "nothing was dropped: it must be confirmed, and there is no terminal to ask on; add --yes to drop it without asking")
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 10 })
	require.Contains(t, s.tell(1, "ledger", "drop", "--yes"), "nothing was dropped: the migration runs (workflow "+workflow+")")
	s.tell(0, "cancel")
	require.Equal(t, 1, starter.wait(t))
	require.Positive(t, s.ledgered())
	s.execute("INSERT INTO db_migrate_owner VALUES ('customers', 'another', 'staging', 'elsewhere', 'x', 0, 'migration/another/staging')")
	require.Contains(t, s.tell(1, "ledger", "drop", "--yes"), "table customers is owned by migration another of environment staging")
	s.execute("DELETE FROM db_migrate_owner")
	text := s.tell(0, "ledger", "drop", "--yes")
	t.Log(text)
	require.Contains(t, text, "dropped table db_migrate_ledger_customers_customer_contact\ndropped table db_migrate_runs\n")
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
	require.Contains(t, s.tell(0, "ledger", "drop", "--yes"), "there was nothing to drop: migration customer-contact has no ledger here")
	worker.kill()
	s.startWorker()
	starter = s.startStarter()
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.Equal(t, end.Migrated, s.ledgered())
}
