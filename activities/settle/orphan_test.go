package settle

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/throttle"
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
	for name, chosen := range map[string]migration.Migration{
		"by a function": {Writes: []string{"name"}, Change: func(context.Context, database.Row) (database.Change, error) {
			change := database.Change{PreviouslyMigrated: table.orphan}
			change.Set("name", "Anna")
			return change, nil
		}},
		"without a check": {Statements: &database.Statements{}},
	} {
		t.Run(name, func(t *testing.T) {
			table.orphan = false
			settler := &Settler{Migration: chosen, Sizer: throttle.NewSizer(time.Second)}
			job := Job{Mark: database.Mark{Run: table.run, Sequence: 3}, Worked: true, Attempt: 2}
			outcome, err := settler.Migrate(t.Context(), table, job, Set{Rows: numbered(20)})
			require.NoError(t, err)
			require.Equal(t, Counts{Migrated: 20, Recalled: 20}, outcome.Counts)
		})
	}
}
