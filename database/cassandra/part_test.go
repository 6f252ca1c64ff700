package cassandra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/database/databasetest"
)

// TestPartsAndConditionsAreRefused, each with another way to the same end.
func TestPartsAndConditionsAreRefused(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	_, err := m.table.BoundPart(t.Context(), database.Part{From: database.Key{"1"}})
	var refused *database.PartError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "in the order of their keys' hashes")
	require.ErrorContains(t, err, "name the rows in a file (--file)")

	connection, err := cassandra.Driver{}.Open(t.Context(), m.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	plan := goPlan()
	plan.Where = "amount > 0"
	_, err = connection.Prepare(t.Context(), plan)
	require.ErrorContains(t, err, "customer-scanner/where: CQL cannot choose rows by a condition")
}
