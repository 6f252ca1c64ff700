package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"db-migrate/database"
)

// entering is the statement that enters the keys which a query or a name in WITH
// has, in columns of these names: by a hash, five of eight first, and the others
// between them. In key order each page of the ledger's index would be split at its
// middle and stay half empty, since processes enter stretches side by side; so it
// takes 30 bytes a customer in place of 39.
func (t *table) entering(from string, columns []string, run runValues, outcome int) string {
	list := strings.Join(columns, ", ")
	part := fmt.Sprintf("SELECT %s, %s, %s, %d FROM %s WHERE hashtext(%s::text) & 7", list, t.Proof(run.number, run.id), run.sequence, outcome, from, tuple(columns))
	return fmt.Sprintf("INSERT INTO %s (%s) %s < 5 UNION ALL %s >= 5", t.own(t.ledger), t.entered(), part, part)
}

// runValues are what a ledger row says of its run, as SQL, and the run's id.
type runValues struct{ number, id, sequence string }

func (p *parameters) run(mark database.Mark) runValues {
	return runValues{number: p.text(fmt.Sprint(mark.Run.Number)) + "::int", id: p.text(mark.Run.ID), sequence: p.text(fmt.Sprint(mark.Sequence)) + "::int"}
}

// entered are the columns of a ledger row.
func (t *table) entered() string {
	ours := t.ledgerColumns
	return strings.Join(append(names(t.keys, ""), ours.Run, ours.Range, ours.Outcome), ", ")
}

// enter writes ledger rows for these keys.
func (t *table) enter(ctx context.Context, in session, mark database.Mark, keys []database.Key, outcome int) error {
	if len(keys) == 0 {
		return nil
	}
	var p parameters
	set, err := t.keySet(&p, keys)
	if err != nil {
		return err
	}
	columns := aliases(len(t.keys))
	text := fmt.Sprintf("WITH migrated (%s) AS (%s) ", strings.Join(columns, ", "), set)
	_, err = in.Exec(ctx, text+t.entering("migrated", columns, p.run(mark), outcome), p.values...)
	return err
}

// number is a column of ours that holds an integer; NULL is 0.
func number(text *string) int64 {
	if text == nil {
		return 0
	}
	value, err := strconv.ParseInt(*text, 10, 64)
	if err != nil {
		return 0
	}
	return value
}
