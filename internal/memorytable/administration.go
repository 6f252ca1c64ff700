package memorytable

import (
	"context"

	"db-migrate/database"
)

// Examine is the administration's: there is nothing to see.
func (t *Table) Examine(context.Context) (database.Examination, error) {
	return database.Examination{Key: t.KeyColumns()}, nil
}

// LedgerDDL is the administration's: the ledger needs no tables.
func (t *Table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	return database.LedgerDDL{Note: "the ledger is kept in memory, and needs no tables"}, nil
}

// DropLedger is the administration's.
func (t *Table) DropLedger(context.Context, database.DropRequest) ([]database.DroppedTable, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.ledger, t.letters, t.state = map[int]database.LedgerRow{}, map[int]database.DeadLetter{}, nil
	return []database.DroppedTable{{Name: "ledger", Whole: true}}, nil
}
