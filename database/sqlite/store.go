package sqlite

import (
	"context"
	"errors"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// store is the table as its books reach it.
type store struct{ *table }

// Alive knows no run in another file than the one that was opened.
func (t *table) Alive(ctx context.Context, run database.Run) (bool, error) {
	if err := t.unmoved(); err != nil {
		return false, err
	}
	return t.Books.Alive(ctx, run)
}

// openBooks opens the books of the plan.
func (t *table) openBooks() {
	subject := books.Subject{Name: t.name, Short: t.name, Key: t.keyColumns(), Selected: func(expression string) string { return "+" + expression }}
	for _, key := range t.keys {
		subject.Columns = append(subject.Columns, books.Column{Name: quote(key.name), Type: strings.ToUpper(key.kind) + key.collate()})
	}
	if len(t.keys) != 1 || t.keys[0].kind != "integer" {
		subject.LedgerOptions = " WITHOUT ROWID" // else the key is the rowid: the smallest form there is
	}
	t.Books = books.New(store{t}, books.SQLite(quote), subject, t.plan)
	t.ledger, t.ledgerColumns = t.LedgerTable(), t.LedgerNames()
}

// collate is the collation as SQL; keys of another order could not be read by
// range.
func (c keyColumn) collate() string {
	if c.collation == "" {
		return ""
	}
	return " COLLATE " + quote(c.collation)
}

// readSession runs the books' look-ups, writeSession what they write.
type (
	readSession  struct{ *table }
	writeSession struct{ *table }
)

func (s readSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	ctx, cancel := limited(ctx, s.options.StatementTimeout)
	defer cancel()
	rows, err := s.readers.QueryContext(ctx, text, arguments...)
	if err != nil {
		return s.explain(err)
	}
	return s.explain(errors.Join(eachRow(rows, use), rows.Close()))
}

func (s readSession) Execute(context.Context, string, []any) (int64, error) {
	return 0, errors.New("a session for look-ups was asked to write")
}

func (s writeSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	rows, err := s.writer.conn.QueryContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	return errors.Join(eachRow(rows, use), rows.Close())
}

func (s writeSession) Execute(ctx context.Context, text string, arguments []any) (int64, error) {
	result, err := s.writer.conn.ExecContext(ctx, text, arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s store) Reader() books.Session { return readSession{s.table} }

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

func (s store) Lock(ctx context.Context, _ books.Session, key database.Key) (bool, error) {
	rows, err := s.readLocked(ctx, key)
	return len(rows) > 0, err
}

func (s store) Enter(ctx context.Context, _ books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	return s.insert(ctx, mark, keys, int64(outcome))
}

func (s store) Key(values books.Values) (database.Key, error) { return s.key(values) }

func (s store) In(keys []database.Key) ([]books.Condition, error) {
	var conditions []books.Condition
	for _, some := range portions(keys, s.inLimit()) {
		arguments, err := s.allArguments(some)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, books.Condition{Text: s.in(len(some)), Arguments: arguments})
	}
	return conditions, nil
}

func (s store) Between(after, upTo database.Key) (books.Condition, error) {
	where, arguments, err := s.between(after, upTo)
	return books.Condition{Text: strings.TrimPrefix(where, " WHERE "), Arguments: arguments}, err
}

// prove proves that the run is alive, in the transaction that writes for it.
func (t *table) prove(ctx context.Context, mark database.Mark) error {
	return t.Fence(ctx, writeSession{t}, mark.Run)
}

// LedgerDDL is what Begin would run. SQLite knows no users.
func (t *table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	_, tables := t.OurTables()
	return database.LedgerDDL{Tables: tables}, nil
}

// replace writes a set in the place of what earlier runs have left for it.
func (t *table) replace(ctx context.Context, mark database.Mark, writes []database.Write) ([]bool, error) {
	return t.Replacing(ctx, mark, writes, func(ctx context.Context, _ books.Session) ([]bool, error) {
		return t.write(ctx, mark, writes, true)
	})
}
