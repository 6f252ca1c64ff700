package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"db-migrate/database"
)

// Outcomes in the ledger.
const (
	outcomeMigrated = 1
	outcomeFailed   = 2
)

// entering is the statement that enters the keys which a query or a name in WITH
// has, in columns of these names: by a hash, five of eight first, and the others
// between them. In key order each page of the ledger's index would be split at its
// middle and stay half empty, since processes enter stretches side by side; so it
// takes 30 bytes a customer in place of 39.
func (t *table) entering(from string, columns []string, run, sequence string, outcome int) string {
	list := strings.Join(columns, ", ")
	part := fmt.Sprintf("SELECT %s, %s, %s, %d FROM %s WHERE hashtext(%s::text) & 7", list, run, sequence, outcome, from, tuple(columns))
	return fmt.Sprintf("INSERT INTO %s (%s, run, range, outcome) %s < 5 UNION ALL %s >= 5",
		t.own(t.ledger), strings.Join(names(t.keys, ""), ", "), part, part)
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
	_, err = in.Exec(ctx, text+t.entering("migrated", columns, fmt.Sprint(mark.Run.Number), fmt.Sprint(mark.Sequence), outcome), p.values...)
	return err
}

// Ledger returns the ledger rows of these keys.
func (t *table) Ledger(ctx context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var p parameters
	set, err := t.keySet(&p, keys)
	if err != nil {
		return nil, err
	}
	rows, err := t.queryLedger(ctx, fmt.Sprintf(" WHERE %s IN (%s)", tuple(names(t.keys, "")), set), p.values)
	if err != nil {
		return nil, err
	}
	return rows, classify(database.LedgerAsAsked(keys, rows, t.same(ctx, t.reading())))
}

// LedgerOfRange returns the keys that this run has entered for the range.
func (t *table) LedgerOfRange(ctx context.Context, mark database.Mark, part database.Range, after, upTo database.Key) ([]database.LedgerRow, error) {
	if after == nil {
		after = part.After
	}
	if upTo == nil {
		upTo = part.UpTo
	}
	var p parameters
	where, err := t.between(&p, after, upTo, fmt.Sprintf("run = %d", mark.Run.Number))
	if err != nil {
		return nil, err
	}
	return t.queryLedger(ctx, where, p.values)
}

func (t *table) queryLedger(ctx context.Context, where string, arguments []any) ([]database.LedgerRow, error) {
	text := fmt.Sprintf("SELECT %s, run, range, outcome FROM %s%s", strings.Join(names(t.keys, ""), ", "), t.own(t.ledger), where)
	var rows []database.LedgerRow
	width := len(t.keys)
	err := query(ctx, t.reading(), text, arguments, func(values []*string) error {
		key, err := t.keyOf(values)
		rows = append(rows, database.LedgerRow{Key: key, Run: number(values[width]), Sequence: number(values[width+1]),
			Failed: number(values[width+2]) == outcomeFailed})
		return err
	})
	return rows, classify(err)
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
