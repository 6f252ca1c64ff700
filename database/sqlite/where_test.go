package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/sqlite"
)

// TestAConditionOfWhichNobodyIs: a fetch stops after many who do not match, and a
// look at the table, which wants an example only, takes what there is.
func TestAConditionOfWhichNobodyIs(t *testing.T) {
	site := newSite(t, `CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT);
		WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60000) INSERT INTO customers SELECT n, 'x' FROM numbers`)
	connection, err := sqlite.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"name"}, Where: "name = 'y'"})
	require.NoError(t, err)
	keys, err := table.Fetch(t.Context(), nil, nil, 10)
	var unfinished *database.UnfinishedError
	require.ErrorAs(t, err, &unfinished)
	require.Empty(t, keys)
	keys, err = table.Fetch(t.Context(), unfinished.Through, nil, 10)
	require.NoError(t, err, "the rest is looked at to its end")
	require.Empty(t, keys)
	_, err = table.Examine(t.Context())
	require.NoError(t, err)
}
