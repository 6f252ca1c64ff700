package sqlite_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestARowThatTakesTooLongIsTold: its statement is not cut short, but undone, and the
// table can be written to afterwards.
func TestARowThatTakesTooLongIsTold(t *testing.T) {
	t.Parallel()
	site := shop(t)
	site.Options.StatementTimeout = 100 * time.Millisecond
	_, err := site.DB.Exec("CREATE TRIGGER dawdle BEFORE UPDATE ON customers WHEN new.id = 5 BEGIN " + slowerThan(t, site.DB, 3*time.Second) + "; END")
	require.NoError(t, err)
	table, mark := begin(t, site, shopPlan())
	writes := naming(t, table, "Anna")
	for _, set := range [][]database.Write{writes, writes[4:5]} {
		_, err = table.Write(t.Context(), mark, set)
		require.ErrorIs(t, err, database.ErrStatementTimeout)
		require.Equal(t, database.Contention, database.ClassOf(err))
	}
	written, err := table.Write(t.Context(), mark, writes[:4])
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, true, true}, written.Rows)
}

// slowerThan is a query that takes longer than limit on this machine (the time that SQLite
// waits for a lock is added to the timeout), and not for ever:
// the race detector makes SQLite many times slower.
func slowerThan(t *testing.T, db *sql.DB, limit time.Duration) string {
	t.Helper()
	for numbers := 100_000; ; numbers *= 2 {
		query := fmt.Sprintf("SELECT max(n) FROM (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT %d) SELECT n FROM n)", numbers)
		began := time.Now()
		_, err := db.Exec(query)
		require.NoError(t, err)
		if time.Since(began) > limit {
			return query
		}
	}
}
