package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
)

// examine examines a site's customers for a plan.
func examine(t *testing.T, site databasetest.Site, plan database.Plan) database.Examination {
	t.Helper()
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	return seen
}
