package cassandra

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

// enter enters those that were written into the ledger, after their further
// statements. The row is dated ahead: it must win over the mark of an earlier run
// that has just been deleted, whatever that node's clock says.
func (t *table) enter(ctx context.Context, mark database.Mark, list []*work) error {
	if err := t.furtherAll(ctx, list); err != nil {
		return err
	}
	at, text := time.Now().Add(t.address.clockSkew).UnixMicro(), t.enterText()+" USING TIMESTAMP ?"
	return t.write(ctx, list, func(one *work) mutation {
		made := newMutation(text, len(one.key)+4)
		made.addAll(one.key)
		for _, number := range []any{mark.Run.Number, mark.Sequence, outcomeMigrated, at} {
			made.add(number, 0)
		}
		return made
	})
}

func (t *table) enterText() string {
	ours := t.ledgerColumns()
	return fmt.Sprintf("INSERT INTO %s (%s, %s, %s, %s) VALUES (%s, ?, ?, ?)", t.own(t.ledger), list(t.keys), ours.Run, ours.Range, ours.Outcome, marks(len(t.keys)))
}

func (t *table) ledgerSelected() string {
	ours := t.ledgerColumns()
	return strings.Join([]string{list(t.keys), ours.Run, ours.Range, ours.Outcome}, ", ")
}

// ledgerRow makes a ledger row of the selected values.
func (t *table) ledgerRow(values []raw) (database.LedgerRow, error) {
	key, err := t.keyOf(values)
	if err != nil {
		return database.LedgerRow{}, err
	}
	row := database.LedgerRow{Key: key}
	rest := values[len(t.keys):]
	row.Run, row.Sequence, row.Failed = whole(rest[0]), whole(rest[1]), whole(rest[2]) == outcomeFailed
	return row, nil
}

// whole is an integer column's value; null is 0.
func whole(value raw) int64 {
	number := int64(0)
	for i, digit := range value {
		if i == 0 {
			number = int64(int8(digit))
			continue
		}
		number = number<<8 | int64(digit)
	}
	return number
}

// Ledger returns the ledger rows of these keys.
func (t *table) Ledger(ctx context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []database.LedgerRow
	text := "SELECT " + t.ledgerSelected() + " FROM " + t.own(t.ledger) + " WHERE " + equal(t.keys)
	err := t.queryEach(ctx, text, keys, len(t.keys)+3, func(values []raw) error {
		row, err := t.ledgerRow(values)
		rows = append(rows, row)
		return err
	})
	if t.noLedgerYet(err) {
		return nil, nil
	}
	return rows, err
}

// noLedgerYet: a dry run reads before any run has created the ledger.
func (t *table) noLedgerYet(err error) bool {
	return err != nil && strings.Contains(err.Error(), t.ledger) && strings.Contains(err.Error(), "does not exist")
}

// LedgerOfRange returns the keys that this run has entered for the range.
func (t *table) LedgerOfRange(ctx context.Context, mark database.Mark, part database.Range, after, upTo database.Key) ([]database.LedgerRow, error) {
	if after == nil {
		after = part.After
	}
	if upTo == nil {
		upTo = part.UpTo
	}
	var rows []database.LedgerRow
	err := t.read(ctx, t.own(t.ledger), t.ledgerSelected(), len(t.keys)+3, after, upTo, 0, func(values []raw) error {
		row, err := t.ledgerRow(values)
		if row.Run == mark.Run.Number {
			rows = append(rows, row)
		}
		return err
	})
	return rows, err
}

// ledgerKeys are the customers of a stretch that have a ledger row, and maybe
// others of its ends' tokens.
func (t *table) ledgerKeys(ctx context.Context, after, upTo database.Key) (map[string]bool, error) {
	known := map[string]bool{}
	err := t.readAround(ctx, t.own(t.ledger), list(t.keys), len(t.keys), after, upTo, func(values []raw) error {
		key, err := t.keyOf(values)
		known[key.Text()] = true
		return err
	})
	if t.noLedgerYet(err) {
		return known, nil
	}
	return known, err
}
