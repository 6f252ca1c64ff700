package cassandra_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/internal/testserver/cql"
)

// look prepares a plan for a keyspace's customers, and examines it.
func look(t *testing.T, keyspace string, plan database.Plan) (database.Examination, database.Table, error) {
	t.Helper()
	connection, err := cassandra.Driver{}.Open(t.Context(), database.Options{URL: "cassandra://" + server(t).Host + "/" + keyspace, Table: "customers", Processes: 1,
		StatementTimeout: time.Minute, ConnectTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), plan)
	if err != nil {
		return database.Examination{}, nil, err
	}
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	return seen, table, nil
}

func TestWhatWillFeelTheMigration(t *testing.T) {
	session := openSession(t, server(t).Host, "system")
	keyspace := fmt.Sprintf("look_%d", time.Now().UnixNano())
	cql.Schema(t, session, "CREATE KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	t.Cleanup(func() { cql.Schema(t, session, "DROP KEYSPACE "+keyspace) })
	cql.Schema(t, session, "CREATE TABLE "+keyspace+".customers (id bigint PRIMARY KEY, name text, first_name text, updated_at timestamp) WITH default_time_to_live = 86400")
	cql.Schema(t, session, "CREATE INDEX by_first_name ON "+keyspace+".customers (first_name)")
	cql.Schema(t, session, "CREATE INDEX by_name ON "+keyspace+".customers (name)")
	plan := database.Plan{Migration: "look", Reads: []string{"name"}, Writes: []string{"first_name"}}
	seen, table, err := look(t, keyspace, plan)
	require.NoError(t, err)
	var texts []string
	for _, notice := range seen.Notices {
		if !strings.Contains(notice.Text, "commitlog_sync") { // as the server of the tests is set
			texts = append(texts, notice.Text)
		}
	}
	require.Equal(t, []string{
		"the table's default_time_to_live is 86400 s: what the migration writes expires with the cells that it was made of",
		"column updated_at is not written by the migration: unless a trigger sets it, whoever finds changed rows by it (an export, a search index) will not see the migrated ones",
		"index by_first_name on first_name: every migrated row is entered into it anew"}, texts)
	require.Equal(t, database.ExaminedStatement{Name: "write", Text: `UPDATE "` + keyspace + `"."customers" USING TIMESTAMP ? AND TTL ? SET "first_name" = ? WHERE "id" = ?`, Plan: []string{"one partition, by id"}},
		seen.Statements[2])

	request := database.RunRequest{ID: "one", Migration: "look", Environment: "test", Cluster: "here", Definition: "d"}
	cql.Schema(t, session, "CREATE TABLE "+keyspace+".db_migrate_failures (x int PRIMARY KEY)")
	_, err = table.Begin(t.Context(), request)
	require.ErrorContains(t, err, "table db_migrate_failures in keyspace "+keyspace+" is not db-migrate's, or was changed: it has no column attempts")
	cql.Schema(t, session, "DROP TABLE "+keyspace+".db_migrate_failures")

	ddl, err := table.LedgerDDL(t.Context())
	require.NoError(t, err)
	require.Empty(t, ddl.Grants, "there are no users here")
	for _, statement := range ddl.Tables {
		cql.Schema(t, session, statement)
	}
	_, err = table.Begin(t.Context(), request)
	require.NoError(t, err)

	sql := database.Plan{Migration: "look", Statements: &database.Statements{Check: "SELECT id FROM customers WHERE id = :id AND name = 'x' ALLOW FILTERING",
		Migrate: []string{"UPDATE customers SET first_name = 'x' WHERE id = :id"}}}
	seen, _, err = look(t, keyspace, sql)
	require.NoError(t, err)
	require.Equal(t, []string{"one partition, by id, filtered after it was read as a whole"}, seen.Statements[2].Plan)
}

// All that is wrong is told at once: a parameter where a text is, a statement
// without one, and an undo, which needs transactions.
func TestPlansThatAreRefused(t *testing.T) {
	used := pool(t)
	site := used.site(t, "numbers", "")
	keyspace, _, _ := strings.Cut(strings.TrimPrefix(site.Options.URL, "cassandra://"+server(t).Host+"/"), "?")
	_, _, err := look(t, keyspace, database.Plan{Migration: "look", Statements: &database.Statements{Check: "SELECT id FROM customers WHERE name = :id ALLOW FILTERING",
		Migrate: []string{"UPDATE customers SET first_name = 'x'", "UPDATE nowhere SET name = 'x' WHERE id = :id"}}})
	require.Equal(t, database.Broken, database.ClassOf(err))
	for _, part := range []string{"migration look, check: parameter 1 stands for key column id (bigint), but is compared with name (text)",
		"migration look, migrate statement 1: it has no parameter", "migration look, migrate statement 2: "} {
		require.ErrorContains(t, err, part)
	}
	for _, plan := range []database.Plan{{Migration: "look", UndoneBy: "look-undo"}, {Migration: "look-undo", Undoes: "look"}} {
		_, _, err = look(t, keyspace, plan)
		require.ErrorContains(t, err, "an undo needs transactions, which Cassandra does not have")
	}
}
