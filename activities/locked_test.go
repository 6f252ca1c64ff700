package activities

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// lockedTable is a table on which sets with certain customers wait for a lock as
// long as the database lets them, in vain.
type lockedTable struct {
	slowTable
	lock   map[string]bool
	broken map[string]bool
	waits  int
}

func (l *lockedTable) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	for _, write := range writes {
		if l.lock[write.Row.Key.Text()] {
			l.waits++
			time.Sleep(longestRepeated + 10*time.Millisecond)
			return database.Written{}, &database.Error{Class: database.Contention, Err: errors.New("lock timeout")}
		}
		if l.broken[write.Row.Key.Text()] {
			return database.Written{}, database.OwnError(errors.New("no such country"))
		}
	}
	return l.slowTable.Write(ctx, mark, writes)
}

// TestALockedRowHoldsFewBack: the others of its set are written, after few waits.
func TestALockedRowHoldsFewBack(t *testing.T) {
	table := &lockedTable{lock: map[string]bool{"500": true}}
	work := table.chunk()
	work.table = table
	require.NoError(t, work.migrate(t.Context(), numbered(1000), nil))
	require.Equal(t, []database.Key{{"500"}}, work.locked)
	require.Equal(t, 999, work.counts.Migrated)
	require.Equal(t, 4, table.waits, "the set, a tenth of it, a tenth of that, and the customer")
	require.Empty(t, work.troubled)
}

// TestWaitingForLocksBlamesNobody: a customer's own error is his alone, however
// long the chunk has waited before.
func TestWaitingForLocksBlamesNobody(t *testing.T) {
	table := &lockedTable{broken: map[string]bool{"7": true}}
	work := table.chunk()
	work.table, work.waited = table, 2*lockPatience
	require.NoError(t, work.migrate(t.Context(), numbered(20), nil))
	require.Equal(t, 19, work.counts.Migrated)
	require.Len(t, work.troubled, 1)
	require.Equal(t, database.Key{"7"}, work.troubled[0].Key)
}

// SavePagingState waits for a lock in vain.
func (l *lockedTable) SavePagingState(context.Context, database.Run, database.PagingState) error {
	return &database.Error{Class: database.Contention, Err: errors.New("database is locked")}
}

// TestALockedPagingStateIsLeftToALaterBatch: it fails no activity.
func TestALockedPagingStateIsLeftToALaterBatch(t *testing.T) {
	connection := &Connection{}
	require.NoError(t, connection.savePagingState(t.Context(), &lockedTable{}, Order{}, &database.PagingState{Sequence: 3}))
}
