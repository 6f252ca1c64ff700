package mysql_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
)

// TestABeginDoesNotWaitForWritersOfAnotherTable: each set locks the row of its run,
// and the one table's sets follow each other without end.
func TestABeginDoesNotWaitForWritersOfAnotherTable(t *testing.T) {
	site := harness().New(t, databasetest.Numbers)
	_, err := site.DB.Exec("CREATE TABLE others (id bigint PRIMARY KEY, name text, first_name text)")
	require.NoError(t, err)
	begin := func(table, id string) (database.BegunRun, error) {
		options := site.Options
		options.Table = table
		opened, err := mysql.Driver{}.Open(t.Context(), options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, opened.Close()) })
		prepared, err := opened.Prepare(t.Context(), database.Plan{Migration: "conformance-test", Reads: []string{"name"}, Writes: []string{"first_name"}})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return prepared.Begin(ctx, database.RunRequest{ID: id, Migration: "conformance-test"})
	}
	_, err = begin("customers", "first")
	require.NoError(t, err)
	writing, err := site.DB.Begin()
	require.NoError(t, err)
	defer writing.Rollback()
	var number int64
	require.NoError(t, writing.QueryRow("SELECT number FROM db_migrate_runs WHERE number = 1 AND run_id = 'first' AND ended_at IS NULL LOCK IN SHARE MODE").Scan(&number))
	_, err = begin("others", "second")
	require.NoError(t, err, "another table's run begins beside it")
	_, err = begin("customers", "third")
	require.Equal(t, database.Contention, database.ClassOf(err), "the run that it ends is written for: %v", err)
}
