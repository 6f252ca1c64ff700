package integration_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFailuresAreWork: they are filtered, exported, told one by one, and tried again
// alone; the rest of the table is left as it is.
func TestFailuresAreWork(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(1000)
	s.execute("UPDATE customers SET first_name = NULL, last_name = NULL",
		"CREATE TRIGGER strict BEFORE UPDATE OF last_name ON customers WHEN new.id IN (2, 10, 300) BEGIN SELECT CASE new.id WHEN 10 THEN RAISE(ABORT, 'ten is bad') ELSE RAISE(ABORT, 'this one is bad') END; END")
	options := []string{"--config", s.upper("'GOOD'"), "customer-migrator/migration=upper", "customer-migrator/retry-interval=50ms"}
	s.startWorker(options...)
	require.Equal(t, 1, s.startStarter(options...).wait(t))

	list := func(more ...string) string { return s.only(0, append([]string{"failures", "upper"}, more...)...) }
	require.Equal(t, "2\n10\n300\n", list("--output", "ids"), "by key")
	require.Equal(t, "10\n", list("--output", "ids", "--error", "TEN is"))
	require.Equal(t, "2\n10\n300\n", list("--output", "ids", "--since", "1h"))
	require.Empty(t, list("--output", "ids", "--since", "2999-01-01"))
	require.Contains(t, list("--error", "nobody's"), "fits --error and --since")
	rows, err := csv.NewReader(strings.NewReader(list("--output", "csv"))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"key", "error", "attempts", "run", "failed_at"}, rows[0])
	require.Equal(t, []string{"10", "3", "1"}, []string{rows[2][0], rows[2][2], rows[2][3]})
	require.Contains(t, s.tell(2, "failures", "--since", "yesterday"), "neither a span of time")

	story := s.only(0, "row", "10", "customer-migrator/migration=upper")
	require.Contains(t, story, "Failed in run 1 after 3 attempts")
	require.Equal(t, 4, strings.Count(story, "ten is bad"), "the letter, and each attempt: %s", story)
	require.Contains(t, s.only(0, "row", "11", "customer-migrator/migration=upper"), "Migrated by run 1, by the ledger.")

	require.Contains(t, s.tell(2, "row", "ten", "customer-migrator/migration=upper"), "row ten: no row of table customers can have that key: ")

	s.execute("DROP TRIGGER strict", "INSERT INTO customers (id, full_name) VALUES (100000, 'Late Comer')")
	require.NoError(t, os.WriteFile(s.path("unused"), nil, 0o600))
	text := s.tell(0, append([]string{"retry", "upper", "--output", "minimal"}, options...)...)
	require.Contains(t, text, "Migrated 3 customers (0 previously migrated, 0 failures)")
	require.Equal(t, int64(1), s.number("SELECT COUNT(*) FROM customers WHERE last_name IS NULL"), "the late row is no failure")
	require.Contains(t, list(), "No customer of migration upper is noted as failed.")
	require.Contains(t, s.tell(0, append([]string{"retry", "upper", "--output", "minimal"}, options...)...), "No customer stands as failed: there was nothing to retry.")
}

// TestAPausedRunSaysSoToAPipe, and with --fail-fast it ends there.
func TestAPausedRunSaysSoToAPipe(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000, "--poison-stretch", "100:200")
	s.startWorker()
	options := []string{"--output", "minimal", "customer-migrator/retry-interval=50ms", "customer-migration/failure-limit=20", "customer-migration/processes=4"}
	starter := s.start("starter", nil, options...)
	s.until("the pause", func() bool { return strings.Contains(starter.text(), "PAUSED: ") })
	require.Contains(t, starter.text(), "more than the failure limit of 20")
	s.tell(0, "cancel")
	require.Equal(t, 1, starter.wait(t))
	text := s.tell(1, append([]string{"--fail-fast"}, options...)...)
	require.Contains(t, text, "more than the failure limit of 20")
	require.Contains(t, text, "the migration failed: ")
	require.Zero(t, s.number("SELECT COUNT(*) FROM db_migrate_owner"))
}
