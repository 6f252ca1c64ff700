package cassandra_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestFailuresOfRowsWithEmptyKeys: a value of no bytes is a key, too, and a letter that is
// there already is written again.
func TestFailuresOfRowsWithEmptyKeys(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(a int, b decimal, x int, PRIMARY KEY (a, b))")
	o.run("INSERT INTO odd (a, b) VALUES (1, blobAsDecimal(0x))")
	o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
	rows, err := o.table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	letter := database.DeadLetter{Key: rows[0].Key, Sequence: 1, Error: "no"}
	buried, err := o.table.Bury(t.Context(), o.mark.Run, letter)
	require.NoError(t, err)
	require.True(t, buried)
	_, err = o.table.Bury(t.Context(), o.mark.Run, letter)
	require.ErrorIs(t, err, database.ErrLedgerConflict)
}

// TestEmptyValuesAreNone: most types have a value of no bytes, and Go none for it.
func TestEmptyValuesAreNone(t *testing.T) {
	t.Parallel()
	o := oddTable(t, `(id int PRIMARY KEY, a decimal, b int, c timestamp, d uuid, e inet, f boolean, g double, h varint, i text, j blob, x int)`)
	o.run(`INSERT INTO odd (id, a, b, c, d, e, f, g, h, i, j) VALUES (1, blobAsDecimal(0x), blobAsInt(0x), blobAsTimestamp(0x), blobAsUUID(0x), blobAsInet(0x), blobAsBoolean(0x), blobAsDouble(0x), blobAsVarint(0x), '', 0x)`)
	reads := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	o.begin(database.Plan{Migration: "m", Reads: reads, Writes: []string{"x"}})
	rows, err := o.table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	for _, name := range reads[:8] {
		require.Nil(t, rows[0].Value(name), name)
	}
	require.Equal(t, []any{"", []byte{}}, []any{rows[0].Value("i"), rows[0].Value("j")})
	require.Equal(t, 1, o.write(rows, setX(1)))
}
