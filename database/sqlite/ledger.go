package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
)

// Outcomes in the ledger.
const (
	outcomeMigrated = 1
	outcomeFailed   = 2
)

// ledgerRows is how many ledger rows one statement inserts.
const ledgerRows = 100

// enter writes the ledger rows of customers who were migrated.
func (t *table) enter(ctx context.Context, mark database.Mark, migrated []database.Write) error {
	return t.insert(ctx, mark, keysOf(migrated), outcomeMigrated)
}

func (t *table) insert(ctx context.Context, mark database.Mark, keys []database.Key, outcome int64) error {
	err := t.writer.bare(ctx, func(b *bare) error {
		for _, some := range portions(keys, ledgerRows) {
			if err := t.insertSome(b, mark, some, outcome); err != nil {
				return err
			}
		}
		return nil
	})
	if isUnique(err) {
		return database.ErrLedgerConflict
	}
	return err
}

// insertSome enters a few customers. What they have in common is bound once.
func (t *table) insertSome(b *bare, mark database.Mark, keys []database.Key, outcome int64) error {
	values := "(?1, ?2, ?3, ?4" + strings.Repeat(", ?", len(t.keys)) + ")"
	statement, err := b.prepare(fmt.Sprintf("INSERT INTO %s (run, range, outcome, migrated_at, %s) VALUES %s",
		quote(t.ledger), strings.Join(t.keyNames(), ", "), strings.Join(repeat(values, len(keys)), ", ")))
	if err != nil {
		return err
	}
	for _, value := range []int64{mark.Run.Number, mark.Sequence, outcome, time.Now().Unix()} {
		if err := b.add(value); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := t.addKey(b, key); err != nil {
			return err
		}
	}
	_, err = b.execute(statement)
	return err
}

// Ledger returns the ledger rows of these keys.
func (t *table) Ledger(ctx context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	var rows []database.LedgerRow
	for _, some := range portions(keys, t.inLimit()) {
		arguments, err := t.allArguments(some)
		if err != nil {
			return nil, err
		}
		found, err := t.queryLedger(ctx, " WHERE "+t.in(len(some)), arguments)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, database.LedgerAsAsked(keys, rows, t.same(ctx))
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
	text := fmt.Sprintf("SELECT %s, run, range, outcome FROM %s%s", strings.Join(t.keySelection(), ", "), quote(t.ledger), where)
	var rows []database.LedgerRow
	width := len(t.keys)
	err := t.query(ctx, text, arguments, width+3, func(values []any) error {
		key, err := t.key(values[:width])
		if err != nil {
			return err
		}
		run, _ := values[width].(int64)
		sequence, _ := values[width+1].(int64)
		outcome, _ := values[width+2].(int64)
		rows = append(rows, database.LedgerRow{Key: key, Run: run, Sequence: sequence, Failed: outcome == outcomeFailed})
		return nil
	})
	return rows, err
}
