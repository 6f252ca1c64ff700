package sqlite

import (
	"context"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// store is the table as its books reach it.
type store struct{ *setWriter }

// Alive knows no run in another file than the one that was opened.
func (t *table) Alive(ctx context.Context, run database.Run) (bool, error) {
	if err := t.unmoved(); err != nil {
		return false, err
	}
	return t.Books.Alive(ctx, run)
}

// openBooks opens the books of the plan.
func (w *setWriter) openBooks() {
	subject := books.Subject{Name: w.name, Short: w.name, Key: w.KeyColumns(), Selected: stored}
	for _, key := range w.keys {
		subject.Columns = append(subject.Columns, books.Column{Name: quote(key.name), Type: strings.ToUpper(key.kind) + key.collate()})
	}
	if len(w.keys) != 1 || w.keys[0].kind != "integer" {
		subject.LedgerOptions = " WITHOUT ROWID" // else the key is the rowid: the smallest form there is
	}
	w.Books = books.New(store{w}, books.SQLite(quote), subject, w.Plan)
	w.ledger, w.ledgerColumns = w.LedgerTable(), w.LedgerNames()
}

// Columns tells nothing: a column of a table that was not made anew keeps its type, and
// one that was is another table.
func (s store) Columns(context.Context, string) ([]books.Column, error) { return nil, nil }

func (s store) Reader() books.Session { return s.Session() }

// Survey runs statements about many rows.
func (s store) Survey(_ context.Context, do func(books.Session) error) error {
	if err := s.unmoved(); err != nil {
		return err
	}
	return do(s.Session())
}

func (s store) NeededIn(window database.Window) (books.Condition, error) {
	return s.sql.NeededIn(window)
}

func (s store) Transaction(ctx context.Context, do func(context.Context, books.Session) error) error {
	_, err := s.transaction(ctx, func(ctx context.Context) error { return do(ctx, writeSession{s.table}) })
	return err
}

// Alone is one transaction: SQLite has one writer at a time.
func (s store) Alone(ctx context.Context, steps ...books.Step) error {
	return s.Transaction(ctx, func(ctx context.Context, in books.Session) error {
		for _, step := range steps {
			if err := step(ctx, in); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s store) Present(ctx context.Context, in books.Session, table string) (bool, error) {
	found := false
	err := in.Query(ctx, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", []any{table}, func(books.Values) error {
		found = true
		return nil
	})
	return found, err
}

// Identify: SQLite has no name of its own for a table. Which row of the schema it is
// changes when it is made anew, since our tables came after it, and with VACUUM.
func (s store) Identify(ctx context.Context, in books.Session) (identity, storage string, err error) {
	err = in.Query(ctx, "SELECT rowid FROM sqlite_schema WHERE type = 'table' AND name = ?", []any{s.name}, func(values books.Values) error {
		storage = "schema row " + values.Text(0)
		return nil
	})
	return "", storage, err
}

// AwaitWriters has nobody to wait for: a transaction that began before the run's end
// has ended before it.
func (s store) AwaitWriters(context.Context, string) error { return nil }

func (s store) Locked(ctx context.Context, in books.Session, key database.Key) ([]database.Row, error) {
	return s.readLocked(ctx, in, key)
}

func (s store) WriteIn(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, locked bool) ([]bool, error) {
	return s.way(ctx, in, mark, writes, !locked)
}

func (s store) Enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	return s.enter(ctx, in, mark, keys, outcome)
}

// LedgerDDL is what Begin would run. SQLite knows no users.
func (t *table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	_, tables := t.OurTables()
	return database.LedgerDDL{Tables: tables}, nil
}
