package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

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

// NeededIn asks the check for the keys of a window: as a range, where the check's WHERE
// begins with the key, and else as a query of them.
func (s store) NeededIn(window database.Window) (books.Condition, error) {
	if s.check == nil || !s.check.set {
		return books.Condition{}, nil
	}
	p := parameters{unbound: true}
	where, err := s.between(&p, window.After, window.UpTo, s.plan.Conditions()...)
	if err != nil {
		return books.Condition{}, err
	}
	keys := fmt.Sprintf("SELECT %s FROM %s%s", strings.Join(names(s.keys, ""), ", "), s.customers(), where)
	found, isRange := s.check.FindKeySet(s.isKey)
	if !isRange || s.plan.Where != "" || s.plan.Undoes != "" {
		return books.Condition{Text: s.check.Fill(func(string) string { return keys }), Arguments: p.values}, nil
	}
	p = parameters{unbound: true}
	between, err := s.windowOf(&p, found.Key, window)
	return books.Condition{Text: found.Before + between + found.After, Arguments: p.values}, err
}

// windowOf is the condition that a key, as a statement writes it, lies in a window.
func (s store) windowOf(p *parameters, key string, window database.Window) (string, error) {
	text := "true"
	for _, side := range []driverkit.Side{{Operator: ">", Key: window.After}, {Operator: "<=", Key: window.UpTo}} {
		if side.Key == nil {
			continue
		}
		value, err := s.key(p, side.Key)
		if err != nil {
			return "", err
		}
		text += " AND " + key + " " + side.Operator + " " + value
	}
	return "(" + text + ")", nil
}

// RowsIn is the table with the condition of a window.
func (s store) RowsIn(window database.Window) (books.Condition, error) {
	p := parameters{unbound: true}
	where, err := s.between(&p, window.After, window.UpTo, s.plan.Conditions()...)
	return books.Condition{Text: s.customers() + where, Arguments: p.values}, err
}
