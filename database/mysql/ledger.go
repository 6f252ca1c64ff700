package mysql

import (
	"context"
	"fmt"
	"strconv"

	"db-migrate/database"
)

// enter writes ledger rows for these keys.
func (t *table) enter(ctx context.Context, in session, mark database.Mark, keys []database.Key, outcome int) error {
	if len(keys) == 0 {
		return nil
	}
	if err := t.Fence(ctx, bookSession{in}, mark.Run); err != nil {
		return err
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
	ours := t.ledgerColumns
	_, err := in.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s, %s, %s, %s) VALUES %s", t.own(t.ledger), t.keyList(), ours.Run, ours.Range, ours.Outcome, rows.text.String()), rows.arguments...)
	if isOneOf(err, duplicateKey) {
		return database.ErrLedgerConflict
	}
	return err
}

// number is a column that holds an integer; NULL is 0.
func number(text []byte) int64 {
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0
	}
	return value
}
