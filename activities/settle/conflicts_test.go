package settle

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// stubbornTable has a ledger that refuses one row, and does not know it.
type stubbornTable struct{ slowTable }

func (s *stubbornTable) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	for _, write := range writes {
		if write.Row.Key.Text() == "7" {
			return database.Written{}, database.ErrLedgerConflict
		}
	}
	return s.slowTable.Write(ctx, mark, writes)
}

func (s *stubbornTable) WriteLocked(context.Context, database.Mark, database.Key, func(database.Row) (database.Change, error)) (bool, error) {
	return false, database.ErrLedgerConflict
}

func (s *stubbornTable) Ledger(context.Context, []database.Key) ([]database.LedgerRow, error) {
	return nil, nil
}

// TestARowThatTheLedgerRefusesAndDoesNotKnowIsTroubled, and all others are written.
func TestARowThatTheLedgerRefusesAndDoesNotKnowIsTroubled(t *testing.T) {
	table := &stubbornTable{}
	work := table.work()
	work.on(table)
	require.NoError(t, work.migrate(t.Context(), numbered(20), nil))
	require.Equal(t, 19, work.out.Counts.Migrated)
	require.Len(t, work.out.Troubled, 1)
	require.Equal(t, database.Key{"7"}, work.out.Troubled[0].Key)
	require.NoError(t, work.writeOneLocked(t.Context(), database.Key{"7"}))
	require.Len(t, work.out.Troubled, 2)
}
