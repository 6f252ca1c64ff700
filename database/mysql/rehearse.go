package mysql

import (
	"context"
	"fmt"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// rehearsal writes in transactions that are undone.
func (w *setWriter) rehearsal() *driverkit.Rehearsal {
	return &driverkit.Rehearsal{Reader: w.Reader, Statements: w.sql, Quote: quote, Transaction: store{w}.Transaction, Write: w.rehearse, Ready: w.undoes,
		All: func(ctx context.Context) ([]string, error) {
			return driverkit.Names(ctx, w.Session(), "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND privileges LIKE '%select%' ORDER BY ordinal_position", w.schema, w.name)
		}}
}

// rehearse writes without the ledger.
func (w *setWriter) rehearse(ctx context.Context, in books.Session, writes []database.Write) ([]bool, error) {
	locked, err := w.readLocked(ctx, in, driverkit.KeysOf(writes))
	if err != nil {
		return nil, err
	}
	if w.Plan.Statements != nil {
		return w.runStatements(ctx, in, writes, locked, driverkit.NoLedgers())
	}
	return w.updateFitting(ctx, in, writes, locked, driverkit.NoLedgers().Enter)
}

// undoes refuses where a trigger or a further statement could write to a table without
// transactions: what they write there would stay. Who may not see triggers does not know
// what they write to.
func (w *setWriter) undoes(ctx context.Context) error {
	name, err := w.withoutTransactions(ctx)
	if err != nil || name == "" {
		return err
	}
	return &database.UndoError{Reason: fmt.Sprintf("table %s of database %s has no transactions, and what a trigger or a statement of the migration writes to it could not be undone", name, w.schema)}
}

// withoutTransactions is a table of the database that has none; empty: all have.
func (w *setWriter) withoutTransactions(ctx context.Context) (string, error) {
	names, err := driverkit.Names(ctx, w.Session(), `SELECT t.table_name FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine
		WHERE t.table_schema = ? AND t.table_type = 'BASE TABLE' AND e.transactions <> 'YES' ORDER BY t.table_name LIMIT 1`, w.schema)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}
