package databasetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// passwords are those that stand in the tests' URLs, and must stand in no error.
var passwords = []string{"only-for-tests", "s3cret"}

// RequireOpens opens a connection, and expects an error that says so, or none when
// says is empty. The error never tells the password.
func RequireOpens(t *testing.T, driver database.Driver, address, says string) {
	t.Helper()
	connection, err := driver.Open(t.Context(), database.Options{URL: address, Table: "customers", Processes: 1, ConnectTimeout: 5 * time.Second})
	if says == "" {
		require.NoError(t, err)
		require.NoError(t, connection.Close())
		return
	}
	require.ErrorContains(t, err, says)
	for _, password := range passwords {
		require.NotContains(t, err.Error(), password)
	}
}
