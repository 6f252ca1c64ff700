package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// store is the table as its books reach it.
type store struct{ *setWriter }

// openBooks opens the books of the plan.
func (w *setWriter) openBooks() {
	subject := books.Subject{Name: w.schema + "." + w.name, Short: w.name, Key: w.KeyColumns()}
	if w.ours != w.schema {
		subject.Short = w.schema + "_" + w.name
	}
	subject.Columns = declared(w.keys)
	w.Books = books.New(store{w}, books.PostgreSQL(w.ours, quote), subject, w.Plan)
	w.ledger, w.other, w.ledgerColumns = w.LedgerTable(), w.Other(), w.LedgerNames()
}

// declared are columns as a ledger has them.
func declared(columns []column) []books.Column {
	list := make([]books.Column, len(columns))
	for i, column := range columns {
		list[i] = books.Column{Name: quote(column.name), Type: column.kind}
		if column.collation != "" {
			list[i].Type += " COLLATE " + column.collation
		}
	}
	return list
}

func (s store) Columns(ctx context.Context, table string) ([]books.Column, error) {
	oid := s.oid
	if table != "" {
		oid = ""
		err := query(ctx, s.readers, "SELECT coalesce(to_regclass($1)::oid, 0)::text", []any{s.own(table)}, func(texts driverkit.Texts) error {
			oid = texts.Values(nil).Text(0)
			return nil
		})
		if err != nil {
			return nil, classify(err)
		}
	}
	columns, err := s.columnsOf(ctx, oid)
	return declared(columns), classify(err)
}

func (s store) Reader() books.Session { return s.Session() }

func (s store) NeededIn(window database.Window) (books.Condition, error) {
	return s.sql.NeededIn(window)
}

// Survey runs statements about many rows in a read-only transaction, for which the
// planner may take what our sessions avoid.
func (s store) Survey(ctx context.Context, do func(books.Session) error) error {
	tx, err := s.reading().BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return classify(err)
	}
	defer rollback(ctx, tx)
	const free = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
	if _, err := tx.Conn().PgConn().Exec(ctx, free).ReadAll(); err != nil {
		return classify(err)
	}
	return classify(do(bookSession{tx}))
}

func (s store) Transaction(ctx context.Context, do func(context.Context, books.Session) error) error {
	return s.transaction(ctx, do)
}

// Alone is one transaction, under a lock of the schema.
func (s store) Alone(ctx context.Context, steps ...books.Step) error {
	return s.transaction(ctx, func(ctx context.Context, in books.Session) error {
		if _, err := in.Execute(ctx, "SELECT pg_advisory_xact_lock(hashtext('db_migrate'), hashtext($1))", []any{s.ours}); err != nil {
			return err
		}
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
	err := in.Query(ctx, "SELECT to_regclass($1)", []any{s.own(table)}, func(values books.Values) error {
		found = !values.Null(0)
		return nil
	})
	return found, err
}

// Identify is the oid of the table that has the name now: it may have been made anew
// since the worker began. Where the rows lie, and where those of its partitions
// do, changes with TRUNCATE, and with VACUUM FULL and other rewrites.
func (s store) Identify(ctx context.Context, in books.Session) (identity, storage string, err error) {
	err = in.Query(ctx, `WITH RECURSIVE named(oid) AS (SELECT to_regclass($1)::oid), tree(oid) AS (SELECT oid FROM named UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid)
		SELECT (SELECT oid::text FROM named), string_agg(oid || ':' || pg_relation_filenode(oid), ',' ORDER BY oid) FROM tree WHERE pg_relation_filenode(oid) IS NOT NULL`, []any{quote(s.schema) + "." + quote(s.name)}, func(values books.Values) error {
		identity, storage = values.Text(0), values.Text(1)
		return nil
	})
	return identity, storage, err
}

func (s store) Locked(ctx context.Context, in books.Session, key database.Key) ([]database.Row, error) {
	rows, err := s.readLocked(ctx, in, key)
	if err == nil && len(rows) == 0 { // a policy of the table's may let it be read, and not be locked
		rows, err = s.readOne(ctx, in, key, "")
	}
	return rows, err
}

func (s store) WriteIn(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, locked bool) ([]bool, error) {
	return s.inside(ctx, in, mark, writes, !locked)
}

func (s store) Enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	return s.enter(ctx, in, mark, keys, outcome)
}
