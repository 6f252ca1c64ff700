package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/mysql"
)

// TestKeysOfOtherCharacterSetsAreFound: MariaDB does not find them by a list of pairs
// whose texts are those of the session.
func TestKeysOfOtherCharacterSetsAreFound(t *testing.T) {
	server(t)
	for _, charset := range []string{"ucs2", "utf16", "utf32", "latin1", "cp1250", "utf8mb3"} {
		t.Run(charset, func(t *testing.T) {
			site := newSite(t, "CREATE TABLE customers (name varchar(20) CHARACTER SET "+charset+", id int, a int, PRIMARY KEY (name, id))",
				"INSERT INTO customers VALUES ('é', 1, NULL), ('k', 2, NULL), ('x', 3, 1)")
			connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, connection.Close()) })
			table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Statements: &database.Statements{
				Check:   "SELECT name, id FROM customers WHERE (name, id) IN (:ids) AND a IS NULL",
				Migrate: []string{"UPDATE customers SET a = 1 WHERE (name, id) IN (:ids) AND a IS NULL"}}})
			require.NoError(t, err)
			begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
			require.NoError(t, err)
			keys, err := table.Fetch(t.Context(), nil, nil, 10)
			require.NoError(t, err)
			needed, err := table.Check(t.Context(), keys)
			require.NoError(t, err)
			require.Equal(t, []bool{true, true, false}, needed)
			rows, err := table.ReadKeys(t.Context(), keys[:2])
			require.NoError(t, err)
			written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, []database.Write{{Row: rows[0]}, {Row: rows[1]}})
			require.NoError(t, err)
			require.Equal(t, []bool{true, true}, written.Rows)
		})
	}
}
