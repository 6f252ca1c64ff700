package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestARowThatAPolicyKeepsFromUpdatesIsThere: it can be read, so it has not vanished, and
// its dead letter tells that it was not migrated.
func TestARowThatAPolicyKeepsFromUpdatesIsThere(t *testing.T) {
	server(t)
	site := newSite(t, `CREATE TABLE customers (id bigint PRIMARY KEY, a text); INSERT INTO customers VALUES (1), (2);
		ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY;
		CREATE POLICY seen ON customers FOR SELECT USING (true); CREATE POLICY written ON customers FOR UPDATE USING (id <> 1)`)
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	for key, there := range map[string]bool{"1": true, "2": true, "3": false} {
		buried, err := table.Bury(t.Context(), begun.Run, database.DeadLetter{Key: database.Key{key}, Sequence: 1, Error: "nothing was written", Attempts: 3})
		require.NoError(t, err)
		require.Equal(t, there, buried, key)
	}
}
