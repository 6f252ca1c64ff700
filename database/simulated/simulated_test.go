package simulated_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/simulated"
)

func open(t *testing.T, options database.Options) database.Table {
	connection, err := simulated.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "simulated"})
	require.NoError(t, err)
	return table
}

func fetch(t *testing.T, table database.Table, after, upTo database.Key, limit int) []database.Key {
	keys, err := table.Fetch(t.Context(), after, upTo, limit)
	require.NoError(t, err)
	return keys
}

func TestCustomersAreTheSameAfterARestart(t *testing.T) {
	first := fetch(t, open(t, database.Options{}), nil, nil, 5000)
	require.GreaterOrEqual(t, len(first), 1000)
	require.LessOrEqual(t, len(first), 2000)
	require.Equal(t, first, fetch(t, open(t, database.Options{}), nil, nil, 5000))
	require.NotEqual(t, first, fetch(t, open(t, database.Options{Seed: 2}), nil, nil, 5000))
	require.Len(t, fetch(t, open(t, database.Options{Customers: 17}), nil, nil, 5000), 17)
}

func TestPagesFollowEachOther(t *testing.T) {
	table := open(t, database.Options{Customers: 10})
	all := fetch(t, table, nil, nil, 100)
	require.Equal(t, all[3:6], fetch(t, table, all[2], nil, 3))
	require.Equal(t, all[3:6], fetch(t, table, all[2], all[5], 100))
	require.Empty(t, fetch(t, table, all[5], all[2], 100))
	rows, err := table.Read(t.Context(), database.Range{After: all[2], UpTo: all[7]}, all[4], 100)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	bound, err := table.Bound(t.Context(), all[3])
	require.NoError(t, err)
	require.Equal(t, database.Bound{UpTo: all[9], Estimate: 6}, bound)
	bound, err = table.Bound(t.Context(), all[9])
	require.NoError(t, err)
	require.Nil(t, bound.UpTo)
}

func TestACustomerIsMigratedOnce(t *testing.T) {
	table := open(t, database.Options{Customers: 3})
	keys := fetch(t, table, nil, nil, 3)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run"})
	require.NoError(t, err)
	mark, writes := database.Mark{Run: begun.Run, Sequence: 1}, []database.Write{{Row: database.Row{Key: keys[1]}}}
	written, err := table.Write(t.Context(), mark, writes)
	require.NoError(t, err)
	require.Equal(t, []bool{true}, written.Rows)
	_, err = table.Write(t.Context(), mark, writes)
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	_, err = table.Bury(t.Context(), begun.Run, database.DeadLetter{Key: keys[1]})
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	rows, err := table.LedgerOfRange(t.Context(), mark, database.Range{}, keys[0], nil)
	require.NoError(t, err)
	require.Equal(t, []database.LedgerRow{{Key: keys[1], Run: 1, Sequence: 1}}, rows)
}

// TestACustomerTakesTheSameTimeInEveryRun, by a clock that only sleeps move.
func TestACustomerTakesTheSameTimeInEveryRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timed := func(seed int64) (spans []time.Duration) {
			table := open(t, database.Options{Customers: 50, Seed: seed})
			for _, key := range fetch(t, table, nil, nil, 50) {
				began := time.Now()
				_, err := table.Check(t.Context(), []database.Key{key})
				require.NoError(t, err)
				checked := time.Now()
				_, err = table.Write(t.Context(), database.Mark{}, []database.Write{{Row: database.Row{Key: key}}})
				require.NoError(t, err)
				spans = append(spans, checked.Sub(began), time.Since(checked))
				require.GreaterOrEqual(t, spans[len(spans)-2], 10*time.Millisecond)
				require.LessOrEqual(t, spans[len(spans)-2], 60*time.Millisecond)
				require.GreaterOrEqual(t, spans[len(spans)-1], 50*time.Millisecond)
				require.LessOrEqual(t, spans[len(spans)-1], 250*time.Millisecond)
			}
			return spans
		}
		require.Equal(t, timed(1), timed(1))
		require.NotEqual(t, timed(1), timed(2))
	})
}

func TestThePagingStateNeverGoesBack(t *testing.T) {
	table := open(t, database.Options{Customers: 3})
	keys := fetch(t, table, nil, nil, 3)
	begin := func(id string) database.BegunRun {
		begun, err := table.Begin(t.Context(), database.RunRequest{ID: id})
		require.NoError(t, err)
		return begun
	}
	save := func(run database.Run, sequence int64, key database.Key) {
		require.NoError(t, table.SavePagingState(t.Context(), run, database.PagingState{Sequence: sequence, Position: key}))
	}
	first := begin("first")
	save(first.Run, 2, keys[1])
	save(first.Run, 1, keys[0])
	second := begin("second")
	require.Equal(t, keys[1], second.Position)
	save(first.Run, 9, keys[0])
	require.NoError(t, table.End(t.Context(), second.Run, database.Ending{Discard: true}))
	save(second.Run, 9, keys[0])
	require.Nil(t, begin("third").Position)
}
