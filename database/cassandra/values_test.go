package cassandra_test

import (
	"strconv"
	"testing"
	"time"

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
	time.Sleep(2 * clockSkew)
	rows, err := o.table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	for _, name := range reads[:8] {
		require.Nil(t, rows[0].Value(name), name)
	}
	require.Equal(t, []any{"", []byte{}}, []any{rows[0].Value("i"), rows[0].Value("j")})
	require.Equal(t, 1, o.write(rows, setX(1)))
}

// TestATimeOfDayCanBeCopied, as CQL writes it.
func TestATimeOfDayCanBeCopied(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, a time, x time)")
	o.begin(database.Plan{Migration: "m", Reads: []string{"a"}, Writes: []string{"x"}})
	for id, at := range []string{"00:00:00", "10:00:00", "23:59:59.999999999", "12:00:00.001"} {
		o.run("INSERT INTO odd (id, a) VALUES (?, '"+at+"')", id)
	}
	written, own := o.rounds(func(row database.Row) database.Change { return setX(row.Value("a"))(row) })
	require.Empty(t, own)
	require.Equal(t, 4, written)
	require.Equal(t, 1, o.count("SELECT count(*) FROM odd WHERE id = 2 AND x = '23:59:59.999999999' ALLOW FILTERING"))
	require.Equal(t, 1, o.count("SELECT count(*) FROM odd WHERE id = 3 AND x = '12:00:00.001' ALLOW FILTERING"))
}

// TestNumbersThatAreTooLarge are the row's own error, and become no negative ones.
func TestNumbersThatAreTooLarge(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, x bigint)")
	o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
	o.run("INSERT INTO odd (id) VALUES (1)")
	rows, err := o.table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	_, err = o.table.Write(t.Context(), o.mark, []database.Write{{Row: rows[0], Change: setX(uint64(1) << 63)(rows[0])}})
	require.ErrorContains(t, err, "row 1: column x cannot hold 9223372036854775808")
	require.Equal(t, database.Own, database.ClassOf(err))
}

// TestMomentsAsTheyAre: the first one of year 1 is one, too, and a day before 1970 is its own.
func TestMomentsAsTheyAre(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, x timestamp, y date)")
	o.begin(database.Plan{Migration: "m", Writes: []string{"x", "y"}})
	moments := []time.Time{{}, time.Date(1969, 12, 31, 12, 0, 0, 0, time.UTC), time.Date(-200, 1, 1, 1, 1, 1, 1e6, time.UTC), time.Date(2026, 2, 3, 4, 5, 6, 7e6, time.UTC)}
	for id := range moments {
		o.run("INSERT INTO odd (id) VALUES (?)", id)
	}
	_, own := o.rounds(func(row database.Row) (change database.Change) {
		id, err := strconv.Atoi(row.Key[0])
		require.NoError(t, err)
		change.Set("x", moments[id])
		change.Set("y", moments[id])
		return change
	})
	require.Empty(t, own)
	for id, moment := range moments {
		var milliseconds int64
		var day time.Time
		require.NoError(t, o.session.Query("SELECT x, y FROM odd WHERE id = ?", id).ScanContext(t.Context(), &milliseconds, &day))
		require.Equal(t, moment.UnixMilli(), milliseconds)
		require.Equal(t, moment.Format(time.DateOnly), day.Format(time.DateOnly))
	}
}
