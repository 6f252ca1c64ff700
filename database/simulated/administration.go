package simulated

import (
	"context"

	"db-migrate/database"
)

// Examine has nothing to see: nothing is carried out.
func (t *table) Examine(context.Context) (database.Examination, error) {
	return database.Examination{Key: t.KeyColumns(), Notices: []database.Notice{
		{Text: "the database is simulated: its statements are sleeps, and there is nothing that would feel them"}}}, nil
}

// LedgerDDL is none: the ledger is kept in memory.
func (t *table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	return database.LedgerDDL{Note: "the simulated database keeps its ledger in memory, and needs no tables"}, nil
}

// DropLedger forgets all that was kept in memory.
func (t *table) DropLedger(context.Context, database.DropRequest) ([]database.DroppedTable, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.ledger, t.runs, t.state = map[string]database.LedgerRow{}, nil, state{}
	return []database.DroppedTable{{Name: "ledger", Whole: true}}, nil
}
