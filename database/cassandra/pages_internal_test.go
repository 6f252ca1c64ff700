package cassandra

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// TestPagesFollowTheWeightOfRows: one row until one was seen, few if rows are heavy, and
// a tenth of the keys after a page that the server could not answer.
func TestPagesFollowTheWeightOfRows(t *testing.T) {
	room := driverkit.Room{Rows: 1000, Bytes: 1 << 20}
	heavy, light := database.Row{Values: []any{make([]byte, 5<<20)}}, database.Row{Values: []any{int64(1)}}
	var seen weights
	require.Equal(t, 1, seen.rows(room))
	require.Equal(t, 1000, seen.rows(driverkit.Room{Rows: 1000}), "no bound")
	seen.note(light)
	require.Equal(t, 1000, seen.rows(room))
	seen.note(heavy)
	require.Equal(t, 1, seen.rows(room))
	for range 1500 {
		seen.note(light)
	}
	require.Equal(t, 1000, seen.rows(room), "heavy rows are forgotten")
	var failing weights
	require.Zero(t, failing.keys(room).Bytes, "all keys that are asked for")
	for _, page := range []int{100, 10, 1, 1} {
		failing.fail(room)
		require.InDelta(t, page, failing.rows(failing.keys(room)), float64(page)/10)
	}
}
