package cassandra_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const partitions = "(p int, c int, v text, w text, s int static, PRIMARY KEY (p, c))"

// TestAStatementThatDoesNotNameItsRowIsRefused: it would write other rows than the one
// that is counted.
func TestAStatementThatDoesNotNameItsRowIsRefused(t *testing.T) {
	t.Parallel()
	o := oddTable(t, partitions)
	for statement, says := range map[string]string{
		"UPDATE odd SET w = 'x' WHERE p = :p AND c IN (0, 1)": "it does not name column c of the key by its parameter",
		"UPDATE odd SET w = 'x' WHERE p = :c AND c = :p":      "it compares column p with :c, another column of the key",
		"INSERT INTO odd (p, c, w) VALUES (:p, 100, 'x')":     "it does not name column c of the key by its parameter",
		"DELETE FROM odd WHERE p = :p":                        "it does not name column c of the key by its parameter",
		"UPDATE odd SET w = 'x' WHERE p = :p AND c = 1":       "name the row by p = :p AND c = :c",
	} {
		require.ErrorContains(t, o.prepare(cqlPlan("", statement)), says, statement)
	}
	for _, statement := range []string{
		"UPDATE odd SET w = 'x' WHERE p = :p AND c = :c",
		"UPDATE odd SET s = 1 WHERE p = :p",
		"INSERT INTO odd (p, c, w) VALUES (:p, :c, 'x')",
		"DELETE FROM odd WHERE c = :c AND p = :p",
	} {
		require.NoError(t, o.prepare(cqlPlan("", statement)), statement)
	}
}

// TestAColumnThatTwoStatementsSetIsRefused: both are written at one time.
func TestAColumnThatTwoStatementsSetIsRefused(t *testing.T) {
	t.Parallel()
	o := oddTable(t, partitions)
	const first = "UPDATE odd SET w = 'migrating' WHERE p = :p AND c = :c"
	require.ErrorContains(t, o.prepare(cqlPlan("", first, "UPDATE odd SET w = 'done' WHERE p = :p AND c = :c")), "migrate statement 2: it sets column w, as migration m, migrate statement 1 does")
	require.NoError(t, o.prepare(cqlPlan("", first, "UPDATE odd SET v = 'done' WHERE p = :p AND c = :c")))
	require.NoError(t, o.prepare(cqlPlan("", first, first)))
}
