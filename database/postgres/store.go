package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
)

// store is the table as its books reach it.
type store struct{ *table }

// openBooks opens the books of the plan.
func (t *table) openBooks() {
	subject := books.Subject{Name: t.schema + "." + t.name, Short: t.name, Key: t.KeyColumns()}
	if t.ours != t.schema {
		subject.Short = t.schema + "_" + t.name
	}
	for _, key := range t.keys {
		kind := key.kind
		if key.collation != "" {
			kind += " COLLATE " + key.collation
		}
		subject.Columns = append(subject.Columns, books.Column{Name: quote(key.name), Type: kind})
	}
	t.Books = books.New(store{t}, books.PostgreSQL(t.ours, quote), subject, t.plan)
	t.ledger, t.other, t.ledgerColumns = t.LedgerTable(), t.Other(), t.LedgerNames()
}

// bookSession runs the books' statements.
type bookSession struct{ in session }

func (s bookSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	return classify(query(ctx, s.in, text, arguments, func(texts []*string) error {
		values := make(books.Values, len(texts))
		for i, text := range texts {
			values[i] = text
		}
		return use(values)
	}))
}

func (s bookSession) Execute(ctx context.Context, text string, arguments []any) (int64, error) {
	tag, err := s.in.Exec(ctx, text, arguments...)
	return tag.RowsAffected(), err
}

func (s store) Reader() books.Session { return bookSession{s.reading()} }

func (s store) Transaction(ctx context.Context, do func(context.Context, books.Session) error) error {
	return s.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error { return do(ctx, bookSession{tx}) })
}

// Alone is one transaction, under a lock of the schema.
func (s store) Alone(ctx context.Context, steps ...books.Step) error {
	return s.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('db_migrate'), hashtext($1))", s.ours); err != nil {
			return err
		}
		for _, step := range steps {
			if err := step(ctx, bookSession{tx}); err != nil {
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

func (s store) Lock(ctx context.Context, in books.Session, key database.Key) (bool, error) {
	rows, err := s.readLocked(ctx, in.(bookSession).in, key)
	if err == nil && len(rows) == 0 { // a policy of the table's may let it be read, and not be locked
		rows, err = s.readOne(ctx, in.(bookSession).in, key, "")
	}
	return len(rows) > 0, err
}

func (s store) Enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	return s.enter(ctx, in.(bookSession).in, mark, keys, outcome)
}

func (s store) Key(values books.Values) (database.Key, error) {
	texts := make([]*string, len(s.keys))
	for i := range texts {
		texts[i], _ = values[i].(*string)
	}
	return s.keyOf(texts)
}

func (s store) In(keys []database.Key) ([]books.Condition, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	p := parameters{unbound: true}
	set, err := s.keySet(&p, keys)
	return []books.Condition{{Text: fmt.Sprintf("%s IN (%s)", tuple(names(s.keys, "")), set), Arguments: p.values}}, err
}

func (s store) Between(after, upTo database.Key) (books.Condition, error) {
	p := parameters{unbound: true}
	where, err := s.between(&p, after, upTo)
	return books.Condition{Text: strings.TrimPrefix(where, " WHERE "), Arguments: p.values}, err
}
