package sqlite

import (
	"context"
	"errors"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// rehearsal writes in transactions that are undone, over a connection of their own: that
// of the migration changes how the file is written to.
func (w *setWriter) rehearsal() *driverkit.Rehearsal {
	return &driverkit.Rehearsal{Reader: w.Reader, Statements: w.sql, Quote: quote, Transaction: w.undone, Write: rehearse,
		All: func(ctx context.Context) ([]string, error) {
			return driverkit.Names(ctx, w.Session(), "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid", w.name)
		}}
}

// undone runs do in a transaction of a connection of its own.
func (w *setWriter) undone(ctx context.Context, do func(context.Context, books.Session) error) error {
	apart, connection := *w.table, *w.connection
	connection.writer = &writer{path: w.path, undone: true}
	apart.connection = &connection
	_, err := apart.transaction(ctx, func(ctx context.Context) error { return do(ctx, writeSession{&apart}) })
	return errors.Join(err, connection.writer.close())
}

// rehearse writes without the ledger.
func rehearse(ctx context.Context, in books.Session, writes []database.Write) ([]bool, error) {
	w := &setWriter{table: in.(writeSession).table}
	if w.Plan.Statements != nil {
		return w.runStatements(ctx, in, writes, driverkit.NoLedgers())
	}
	return w.updateAnd(ctx, writes, true, driverkit.NoLedgers().Enter)
}
