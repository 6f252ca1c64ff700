package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestAPolicyThatHoldsForTheWorkerIsRefused: rows that it keeps from updates can be read,
// and would be left out.
func TestAPolicyThatHoldsForTheWorkerIsRefused(t *testing.T) {
	server(t)
	site := newSite(t, `CREATE TABLE customers (id bigint PRIMARY KEY, a text); INSERT INTO customers VALUES (1), (2);
		ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY;
		CREATE POLICY seen ON customers FOR SELECT USING (true); CREATE POLICY written ON customers FOR UPDATE USING (id <> 1)`)
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	_, err = connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
	require.ErrorContains(t, err, "row security holds on table customers for the worker's user")
}
