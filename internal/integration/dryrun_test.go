package integration_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestADryRunWritesNothing compares the database file before and after, byte by
// byte; after the migration a dry run is its verification.
func TestADryRunWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(5000, "--poison", "3")
	before, err := os.ReadFile(s.path("customers.db"))
	require.NoError(t, err)
	worker := s.startWorker()
	text := s.tell(1, "--dry-run", "--output", "minimal")
	require.Contains(t, text, "10 of them, before and after:\n  customer ")
	require.Regexp(t, `first_name +NULL → \S`, text)
	require.Contains(t, text, "nothing has been written.")
	require.Regexp(t, `\d+ rows were migrated and undone again: from the table's beginning, its end and between\.`, text)
	require.Contains(t, text, "That is an estimate: reading and checking took ")
	require.Contains(t, text, "3 customers would be refused, for example:\n  customer ")
	starter := s.startStarter("--dry-run")
	require.Equal(t, 1, starter.wait(t))
	dry := s.summary(starter)
	worker.kill()
	after, err := os.ReadFile(s.path("customers.db"))
	require.NoError(t, err)
	require.True(t, string(before) == string(after), "the database file has changed")
	require.NoFileExists(t, s.path("migrated-customers.txt"))
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))

	s.startWorker()
	starter = s.startStarter()
	require.Equal(t, 1, starter.wait(t))
	migrated := s.summary(starter)
	require.Equal(t, dry.Needed, migrated.Migrated)
	require.EqualValues(t, 3, migrated.Failed)
	s.execute("DELETE FROM customers WHERE first_name IS NULL")
	require.Contains(t, s.tell(0, "--dry-run", "--exit-code", "--output", "minimal"), "Verified: none of 4,997 customers needs to be migrated.")
}

// TestADryRunShowsWhatSQLWrites, in rows from the whole table, and says which would fail;
// with --exit-code it tells a pipeline that there is work to do.
func TestADryRunShowsWhatSQLWrites(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.execute("UPDATE customers SET first_name = NULL, last_name = NULL", "DELETE FROM audit")
	options := []string{"--config", s.upper("'GOOD'"), "customer-migrator/migration=upper"}
	worker := s.startWorker(options...)
	dry := func(code int, more ...string) string {
		return s.tell(code, append(append([]string{"--dry-run", "--output", "minimal"}, options...), more...)...)
	}
	before := s.number("SELECT COUNT(*) FROM customers WHERE last_name IS NULL")
	text := dry(0)
	require.Contains(t, text, "10 of them, before and after:")
	require.Regexp(t, `first_name +NULL → [A-Z]`, text)
	require.Regexp(t, `last_name +NULL → GOOD`, text)
	require.NotContains(t, text, "would fail")
	dry(4, "--exit-code")
	require.Equal(t, before, s.number("SELECT COUNT(*) FROM customers WHERE last_name IS NULL"))
	require.Zero(t, s.number("SELECT COUNT(*) FROM audit"))
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))

	s.execute("CREATE TRIGGER strict BEFORE UPDATE OF last_name ON customers WHEN new.id = (SELECT max(id) FROM customers) BEGIN SELECT RAISE(ABORT, 'the last one stays'); END")
	text = dry(1, "--exit-code")
	require.Regexp(t, `1 of \d+ rows that were tried would fail:\n  customer \d+: .*the last one stays`, text)
	worker.kill()
}

// TestADryRunDoesNotHang while the site holds the lock.
func TestADryRunDoesNotHang(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(500)
	s.startWorker()
	site, err := s.database().BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = site.Exec("UPDATE customers SET full_name = full_name WHERE id = 1")
	require.NoError(t, err)
	require.Contains(t, s.tell(0, "--dry-run", "--output", "minimal"), "rows were locked by others, or took too long")
	require.NoError(t, site.Rollback())
}
