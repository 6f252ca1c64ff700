package activities

import (
	"context"
	"errors"

	"db-migrate/database"
)

// withoutKnown counts the rows that this run's ledger knows already, those among them
// that the site has deleted since as well.
func (c *chunk) withoutKnown(rows []database.Row, known []database.LedgerRow) []database.Row {
	if len(known) == 0 {
		return rows
	}
	inLedger := map[string]bool{}
	for _, row := range known {
		inLedger[row.Key.Text()] = true
		c.countLedger(row)
	}
	var pending []database.Row
	for _, row := range rows {
		if !inLedger[row.Key.Text()] {
			pending = append(pending, row)
		}
	}
	return pending
}

// countLedger counts a row by its ledger row: this run and range is ours (an attempt
// before this one), another range of this run was accounted for elsewhere. One of an
// earlier run that somebody wants migrated has a number of its own; without a check
// nobody does.
func (c *chunk) countLedger(row database.LedgerRow) {
	switch {
	case row.Run == c.mark.Run.Number && row.Sequence == c.mark.Sequence && !row.Failed:
		c.counts.Migrated++
	case row.Run != c.mark.Run.Number && !row.Failed && c.judges():
		c.counts.NeededAgain++
	default:
		c.counts.Skipped++
	}
}

// judges reports whether the migration itself tells which rows need it.
func (c *chunk) judges() bool {
	checker, isCheck := c.decide.(checkDecider)
	return !isCheck || checker.checked
}

// makesWay reports whether a ledger row is one that this run writes over: the mark of a
// dead letter of an earlier run, and any of an earlier run where that was asked for.
// Without a check, a run that goes on with one that was cut short leaves alone what that
// has done: it would be done twice for one wish.
func (c *chunk) makesWay(row database.LedgerRow) bool {
	sameWish := c.since > 0 && row.Run >= c.since && !c.judges()
	return row.Run != c.mark.Run.Number && (row.Failed || c.again && !sameWish)
}

// errNobodyInTheWay is the error of a row for which the ledger has refused a row, and
// has none.
var errNobodyInTheWay = errors.New("the ledger refuses the row's entry, and has none under its key; is the key unique, and does the site change it?")

// resolveConflict takes the rows that have a ledger row out of a set, and writes the
// others. A set of which the ledger knows nobody is halved: repeated as it is, it would
// fail again.
func (c *chunk) resolveConflict(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	known, err := c.ledgerOf(ctx, keysOfWrites(writes))
	if err != nil {
		return nil, err
	}
	var rest, instead []database.Write
	for _, write := range writes {
		switch row, found := known[write.Row.Key.Text()]; {
		case !found:
			rest = append(rest, write)
		case c.makesWay(row):
			instead = append(instead, write)
		default:
			c.countLedger(row)
		}
	}
	if len(rest) == len(writes) {
		return c.writeHalves(ctx, writes, func(key database.Key) { c.trouble(key, errNobodyInTheWay) })
	}
	unwritten, err := c.writeSet(ctx, rest)
	if err != nil {
		return nil, err
	}
	others, err := c.writeInstead(ctx, instead)
	return append(unwritten, others...), err
}

// writeInstead writes rows in the place of what earlier runs have left for them.
func (c *chunk) writeInstead(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	before := c.mark
	c.mark.Replaces = true
	defer func() { c.mark = before }()
	return c.writeSet(ctx, writes)
}

func keysOfWrites(writes []database.Write) []database.Key {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	return keys
}

// ledgerOf asks the ledger about rows.
func (c *chunk) ledgerOf(ctx context.Context, keys []database.Key) (map[string]database.LedgerRow, error) {
	rows, err := c.table.Ledger(ctx, keys)
	if err != nil {
		return nil, err
	}
	known := map[string]database.LedgerRow{}
	for _, row := range rows {
		known[row.Key.Text()] = row
	}
	return known, nil
}

// readAgain reads the rows that were not written. Those that are gone have vanished and
// are not counted; those that this run has in its ledger are done; all others are
// decided on again.
func (c *chunk) readAgain(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := c.table.ReadKeys(ctx, keys)
	if err != nil {
		return nil, err
	}
	known, err := c.ledgerOf(ctx, keys)
	if err != nil {
		return nil, err
	}
	var done []database.LedgerRow
	for _, row := range known {
		if row.Run == c.mark.Run.Number {
			done = append(done, row)
		}
	}
	return c.withoutKnown(rows, done), nil
}
