package sqlite_test

import (
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
	_, err := site.DB.Exec(`CREATE TRIGGER dawdle BEFORE UPDATE ON customers WHEN new.id = 5
		BEGIN SELECT max(n) FROM (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 15000000) SELECT n FROM n); END`)
	require.NoError(t, err)
	site.Options.StatementTimeout = 100 * time.Millisecond
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
