package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/sqlite"
)

// TestTablesTooLargeToCount: what ANALYZE has counted, and what the keys leave
// room for; nothing is known of texts before ANALYZE was run.
func TestTablesTooLargeToCount(t *testing.T) {
	for _, test := range []struct {
		id       string
		analyze  bool
		part     database.Part
		expected int64
	}{
		{"CAST(n AS TEXT)", false, database.Part{}, 0},
		{"CAST(n AS TEXT)", true, database.Part{}, 1000},
		{"n * 10", false, database.Part{}, 9991},
		{"n * 10", true, database.Part{}, 1000},
		{"n * 10", true, database.Part{From: database.Key{"5000"}, To: database.Key{"5500"}}, 501},
	} {
		site := newSite(t, `CREATE TABLE customers (id PRIMARY KEY NOT NULL, name);
			WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000) INSERT INTO customers SELECT `+test.id+`, 'x' FROM numbers`)
		if test.analyze {
			_, err := site.DB.Exec("ANALYZE")
			require.NoError(t, err)
		}
		connection, err := sqlite.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m"})
		require.NoError(t, err)
		bound, err := table.BoundPart(t.Context(), test.part)
		require.NoError(t, err)
		require.Equal(t, test.expected, sqlite.Guess(t.Context(), table, bound.After, bound.UpTo), "%+v", test)
		require.NoError(t, connection.Close())
	}
}
