package cassandra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
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

// TestRowsThatStillNeedItAreCounted: the check is asked again for what the run has
// migrated.
func TestRowsThatStillNeedItAreCounted(t *testing.T) {
	t.Parallel()
	o := oddTable(t, partitions)
	for c := range 3 {
		o.run("INSERT INTO odd (p, c, v) VALUES (1, ?, 'old')", c)
	}
	o.begin(cqlPlan("SELECT p FROM odd WHERE p = :p AND c = :c AND v = 'old' ALLOW FILTERING", "UPDATE odd SET w = 'x' WHERE p = :p AND c = :c"))
	keys := []database.Key{{"1", "0"}, {"1", "1"}, {"1", "2"}}
	rows, err := o.table.ReadKeys(t.Context(), keys[:2])
	require.NoError(t, err)
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i] = database.Write{Row: row}
	}
	written, err := o.table.Write(t.Context(), o.mark, writes)
	require.NoError(t, err)
	require.Equal(t, []bool{true, true}, written.Rows)
	balance, err := o.table.Balance(t.Context(), o.mark.Run, database.Window{}, true)
	require.NoError(t, err)
	require.Equal(t, []int64{2, 1, 2}, []int64{balance.Migrated, balance.Left, balance.Undone})
	undone, err := o.table.LeftKeys(t.Context(), o.mark.Run, database.Window{}, 10, true)
	require.NoError(t, err)
	require.ElementsMatch(t, keys[:2], undone)
}
