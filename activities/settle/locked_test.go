package settle

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
	work := table.work()
	work.on(table)
	require.NoError(t, work.migrate(t.Context(), numbered(1000), nil))
	require.Equal(t, []database.Key{{"500"}}, work.out.Locked)
	require.Equal(t, 999, work.out.Counts.Migrated)
	require.Equal(t, 4, table.waits, "the set, a tenth of it, a tenth of that, and the customer")
	require.Empty(t, work.out.Troubled)
}

// TestWaitingForLocksBlamesNobody: a customer's own error is his alone, however
// long the chunk has waited before.
func TestWaitingForLocksBlamesNobody(t *testing.T) {
	table := &lockedTable{broken: map[string]bool{"7": true}}
	work := table.work()
	work.waited = 2 * lockPatience
	work.on(table)
	require.NoError(t, work.migrate(t.Context(), numbered(20), nil))
	require.Equal(t, 19, work.out.Counts.Migrated)
	require.Len(t, work.out.Troubled, 1)
	require.Equal(t, database.Key{"7"}, work.out.Troubled[0].Key)
}
