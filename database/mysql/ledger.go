package mysql

import (
	"context"
	"fmt"
	"strconv"

	"db-migrate/database"
)

// Outcomes in the ledger.
const (
	outcomeMigrated = 1
	outcomeFailed   = 2
)

// enter writes ledger rows for these keys.
func (t *table) enter(ctx context.Context, in session, mark database.Mark, keys []database.Key, outcome int) error {
	if len(keys) == 0 {
		return nil
	}
	rows, rest := newList("(", len(keys), len(t.keys)+8), fmt.Sprintf("%d,%d,%d", mark.Run.Number, mark.Sequence, outcome)
	for _, key := range keys {
		rows.begin()
		if err := t.addKey(rows, key); err != nil {
			return err
		}
		rows.literal(rest)
		rows.end()
	}
	_, err := in.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s, run, `range`, outcome) VALUES %s", t.own(t.ledger), t.keyList(), rows.text.String()), rows.arguments...)
	if isDuplicate(err) {
		return database.ErrLedgerConflict
	}
	return err
}

// Ledger returns the ledger rows of these keys.
func (t *table) Ledger(ctx context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	arguments, err := t.allArguments(keys)
	if err != nil {
		return nil, err
	}
	rows, err := t.queryLedger(ctx, " WHERE "+t.in(len(keys)), arguments)
	if err != nil {
		return nil, err
	}
	return rows, classify(database.LedgerAsAsked(keys, rows, t.same(ctx, t.readers)))
}

// LedgerOfRange returns the keys that this run has entered for the range.
func (t *table) LedgerOfRange(ctx context.Context, mark database.Mark, part database.Range, after, upTo database.Key) ([]database.LedgerRow, error) {
	if after == nil {
		after = part.After
	}
	if upTo == nil {
		upTo = part.UpTo
	}
	where, arguments, err := t.between(after, upTo, fmt.Sprintf("run = %d", mark.Run.Number))
	if err != nil {
		return nil, err
	}
	return t.queryLedger(ctx, where, arguments)
}

func (t *table) queryLedger(ctx context.Context, where string, arguments []any) ([]database.LedgerRow, error) {
	var rows []database.LedgerRow
	width := len(t.keys)
	text := fmt.Sprintf("SELECT %s, run, `range`, outcome FROM %s%s", t.keyList(), t.own(t.ledger), where)
	err := query(ctx, t.readers, text, arguments, func(values [][]byte) error {
		key, err := t.keyOf(values)
		rows = append(rows, database.LedgerRow{Key: key, Run: number(values[width]), Sequence: number(values[width+1]),
			Failed: number(values[width+2]) == outcomeFailed})
		return err
	})
	return rows, classify(err)
}

// number is a column that holds an integer; NULL is 0.
func number(text []byte) int64 {
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0
	}
	return value
}
