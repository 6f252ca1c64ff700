package activities

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/migration"
)

// hotTable is a table whose rows change whenever they are written, until an orphan of
// the batch commits: just before a row is locked.
type hotTable struct {
	slowTable
	run    database.Run
	orphan bool
}

func (h *hotTable) Write(_ context.Context, _ database.Mark, writes []database.Write) (database.Written, error) {
	return database.Written{Rows: make([]bool, len(writes))}, nil
}

func (h *hotTable) ReadKeys(_ context.Context, keys []database.Key) ([]database.Row, error) {
	rows := make([]database.Row, len(keys))
	for i, key := range keys {
		rows[i].Key = key
	}
	return rows, nil
}

func (h *hotTable) Ledger(_ context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	var rows []database.LedgerRow
	for _, key := range keys {
		if h.orphan {
			rows = append(rows, database.LedgerRow{Key: key, Run: h.run.Number, Sequence: 3})
		}
	}
	return rows, nil
}

func (h *hotTable) WriteLocked(_ context.Context, _ database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	h.orphan = true
	_, err := decide(database.Row{Key: key})
	return false, err
}

// TestWhatAnOrphanWroteBeforeTheLockIsMigrated, not «previously migrated»: with a check,
// and without one.
func TestWhatAnOrphanWroteBeforeTheLockIsMigrated(t *testing.T) {
	table := &hotTable{run: database.Run{Number: 1}}
	for name, decide := range map[string]decider{
		"by a function": goDecider{migration.Migration{Writes: []string{"name"}, Change: func(context.Context, database.Row) (database.Change, error) {
			change := database.Change{PreviouslyMigrated: table.orphan}
			change.Set("name", "Anna")
			return change, nil
		}}},
		"without a check": checkDecider{table: table},
	} {
		t.Run(name, func(t *testing.T) {
			table.orphan = false
			work := table.chunk()
			work.table, work.decide, work.worked, work.mark = table, decide, true, database.Mark{Run: table.run, Sequence: 3}
			require.NoError(t, work.migrate(t.Context(), numbered(20), nil))
			require.Equal(t, Counts{Migrated: 20}, work.counts)
		})
	}
}
