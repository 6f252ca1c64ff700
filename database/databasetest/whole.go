package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// RequireMigrates migrates a whole table by pages of two rows, and requires that all rows
// of it are found, written and in the ledger. The plan's change in Go sets its first
// column to the text x.
func RequireMigrates(t *testing.T, driver database.Driver, options database.Options, plan database.Plan, expected int) {
	t.Helper()
	connection, err := driver.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	require.Empty(t, seen.Problems)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: options.Table + " " + plan.Migration, Migration: plan.Migration})
	require.NoError(t, err)
	mark := database.Mark{Run: begun.Run, Sequence: 1}
	var keys []database.Key
	for part := (database.Range{}); ; {
		rows, err := table.Read(t.Context(), part, nil, 2)
		require.NoError(t, err)
		if len(rows) == 0 {
			break
		}
		writes := make([]database.Write, len(rows))
		for i, row := range rows {
			if writes[i].Row = row; plan.Statements == nil {
				writes[i].Change.Set(plan.Writes[0], "x")
			}
			keys = append(keys, row.Key)
		}
		written, err := table.Write(t.Context(), mark, writes)
		require.NoError(t, err)
		require.NotContains(t, written.Rows, false)
		part.After = rows[len(rows)-1].Key
	}
	require.Len(t, keys, expected)
	ledger, err := table.Ledger(t.Context(), keys)
	require.NoError(t, err)
	require.Len(t, ledger, expected)
	byRange, err := table.LedgerOfRange(t.Context(), mark, database.Range{}, nil, keys[len(keys)-1])
	require.NoError(t, err)
	require.Len(t, byRange, expected)
	require.NoError(t, table.End(t.Context(), begun.Run, database.Ending{Outcome: "completed"}))
}

// RequireNames migrates tables whose names, and whose key columns' names, are those of
// our own tables, columns and aliases. create makes a table with two key columns of whole
// numbers and a column a, and three rows.
func RequireNames(t *testing.T, driver database.Driver, options database.Options, create func(table string, key [2]string), quote func(string) string) {
	t.Helper()
	for table, key := range map[string][2]string{"t": {"run", "outcome"}, "v": {"range", "run"}, "wanted": {"k0", "k1"}, "updated": {"o0", "n0"}, "l": {"place", "value"},
		"x": {"k1", "k0"}, "order": {"select", "from"}, "piece": {"run_range", "number"}, "migrated": {"range", "sequence"}} {
		create(table, key)
		options.Table = table
		RequireMigrates(t, driver, options, database.Plan{Migration: "in-go", Reads: []string{"a"}, Writes: []string{"a"}}, 3)
		where := " WHERE (" + quote(key[0]) + ", " + quote(key[1]) + ") IN (:ids)"
		RequireMigrates(t, driver, options, database.Plan{Migration: "in-sql", Statements: &database.Statements{
			Check: "SELECT " + quote(key[0]) + ", " + quote(key[1]) + " FROM " + quote(table) + where, Migrate: []string{"UPDATE " + quote(table) + " SET a = 'y'" + where}}}, 3)
	}
	options.Table = "db_migrate_runs"
	connection, err := driver.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	_, err = connection.Prepare(t.Context(), database.Plan{Migration: "m"})
	require.ErrorContains(t, err, "connection/table: db_migrate_runs is a table of db-migrate's own, or is named like one", "our books are no site's table")
}
