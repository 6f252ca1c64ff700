package postgres

import (
	"context"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// rehearsal writes in transactions that are undone.
func (w *setWriter) rehearsal() *driverkit.Rehearsal {
	return &driverkit.Rehearsal{Reader: w.Reader, Statements: w.sql, Quote: quote, Transaction: w.transaction, Write: w.rehearse,
		All: func(ctx context.Context) ([]string, error) {
			return driverkit.Names(ctx, w.Session(), "SELECT attname FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND has_column_privilege(attrelid, attnum, 'SELECT') ORDER BY attnum", w.oid)
		},
		Settle: func(ctx context.Context, in books.Session) error {
			_, err := in.Execute(ctx, "SET CONSTRAINTS ALL IMMEDIATE", nil) // they would be looked at with the commit
			return err
		}}
}

// rehearse writes without the ledger.
func (w *setWriter) rehearse(ctx context.Context, in books.Session, writes []database.Write) ([]bool, error) {
	if w.Plan.Statements != nil {
		return w.runStatements(ctx, in, writes, driverkit.NoLedgers())
	}
	return w.writeEachGroup(ctx, in, writes, func(g *group) (updating, error) {
		statement, err := w.updateText(database.Mark{}, g, true)
		return updating{text: statement.update, arguments: statement.arguments[:statement.ofUpdate]}, err
	})
}
