package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/sqlite"
)

// TestKeysAsPeopleWriteThem: texts stand for themselves, but for those that are
// marked as hexadecimal digits.
func TestKeysAsPeopleWriteThem(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id TEXT NOT NULL PRIMARY KEY)")
	connection, err := sqlite.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m"})
	require.NoError(t, err)
	for written, key := range map[string]string{
		"O'Neil": "O'Neil", "🦊": "🦊", `\x41`: `A`, `\xff`: `\xff`, `\x5c783431`: `\x5c783431`, `\xylophone`: `\x5c78796c6f70686f6e65`, `\x4`: `\x5c7834`,
	} {
		parsed, err := table.ParseKey(t.Context(), []string{written})
		require.NoError(t, err, written)
		require.Equal(t, database.Key{key}, parsed)
	}
}

// TestATextIsNoKeyOfBytes: the error is of the kind that tells that no row has it, so that
// a file of other keys is taken.
func TestATextIsNoKeyOfBytes(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id BLOB NOT NULL PRIMARY KEY); INSERT INTO customers VALUES (x'41')")
	connection, err := sqlite.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m"})
	require.NoError(t, err)
	_, err = table.ParseKey(t.Context(), []string{"x"})
	var none *database.KeyError
	require.ErrorAs(t, err, &none)
	key, err := table.ParseKey(t.Context(), []string{`\x41`})
	require.NoError(t, err)
	require.Equal(t, database.Key{`\x41`}, key)
}
