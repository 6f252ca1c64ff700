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
	require.Contains(t, s.tell(0, "--dry-run", "--output", "minimal"), "Verified: none of 4,997 customers needs to be migrated.")
}
