package postgres_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// tableOf prepares a table of one key column, with a column to migrate.
func tableOf(t *testing.T, site string) (database.Connection, database.Table) {
	t.Helper()
	options := newSite(t, site).Options
	connection, err := postgres.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
	require.NoError(t, err)
	return connection, table
}

// TestKeysThatNeedNoDatabase: whole numbers and UUIDs are read without one, within
// the ranges of their types.
func TestKeysThatNeedNoDatabase(t *testing.T) {
	for kind, test := range map[string]struct{ good, bad []string }{
		"smallint": {[]string{"7", "-32768", "007"}, []string{"32768", "x"}},
		"integer":  {[]string{"2147483647"}, []string{"2147483648", "1e4"}},
		"bigint":   {[]string{"-9223372036854775808"}, []string{"9223372036854775808", "1.0", ""}},
		"uuid":     {[]string{"6BA7B810-9dad-11d1-80b4-00c04fd430c8"}, nil},
	} {
		connection, table := tableOf(t, "CREATE TABLE customers (id "+kind+" PRIMARY KEY, a text)")
		require.NoError(t, connection.Close())
		for _, text := range test.good {
			_, err := table.ParseKey(t.Context(), []string{text})
			require.NoError(t, err, "%s %q", kind, text)
		}
		for _, text := range test.bad {
			_, err := table.ParseKey(t.Context(), []string{text})
			var none *database.KeyError
			require.ErrorAs(t, err, &none, "%s %q", kind, text)
		}
	}
}

// TestKeysAreAskedTogether: many keys of a type that only PostgreSQL reads need one
// query, and those that are none do not take the others with them.
func TestKeysAreAskedTogether(t *testing.T) {
	connection, table := tableOf(t, "CREATE TABLE customers (id numeric(20,2) PRIMARY KEY, a text)")
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	written := make([][]string, 20_000)
	for i := range written {
		written[i] = []string{" " + strconv.Itoa(i) + ".50"}
	}
	written[7], written[19_999] = []string{"seven"}, []string{"1", "2"}
	keys, err := database.ParseKeys(t.Context(), table, written)
	require.NoError(t, err)
	require.Equal(t, []database.Key{{"6.50"}, nil, {"8.50"}}, keys[6:9])
	require.Nil(t, keys[19_999])
}

// TestAKeyThatCannotBeAskedAboutIsNotCalledNone: while the database is gone, nothing
// is known.
func TestAKeyThatCannotBeAskedAboutIsNotCalledNone(t *testing.T) {
	connection, table := tableOf(t, "CREATE TABLE customers (id numeric PRIMARY KEY, a text)")
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, text := range []string{"7", "seven"} {
		_, err := table.ParseKey(ended, []string{text})
		var none *database.KeyError
		require.Error(t, err)
		require.NotErrorAs(t, err, &none)
		keys, err := database.ParseKeys(ended, table, [][]string{{text}})
		require.Error(t, err)
		require.Nil(t, keys)
	}
}
