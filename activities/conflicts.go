package activities

import (
	"context"
	"errors"

	"db-migrate/database"
)

// withoutKnown counts the customers that this run's ledger knows already, those
// among them that the site has deleted since as well. The ledger's rows bear the keys
// of the rows that they are about.
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

// countLedger counts a customer by its ledger row: this run and range is ours
// (an attempt before this one), anything else was accounted for elsewhere.
func (c *chunk) countLedger(row database.LedgerRow) {
	if row.Run == c.mark.Run.Number && row.Sequence == c.mark.Sequence && !row.Failed {
		c.counts.Migrated++
		return
	}
	c.counts.Skipped++
}

// resolveConflict takes the customers that have a ledger row out of a set, and
// writes the others. A failed mark of an earlier run makes way.
func (c *chunk) resolveConflict(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	known, exhumed, err := c.knownFrom(ctx, keys)
	if err != nil {
		return nil, err
	}
	if len(known) == 0 && exhumed == 0 { // to write the same set again would go on for ever
		return c.writeHalves(ctx, writes, func(key database.Key) { c.trouble(key, errNobodyInTheWay) })
	}
	var rest []database.Write
	for _, write := range writes {
		if row, found := known[write.Row.Key.Text()]; found {
			c.countLedger(row)
		} else {
			rest = append(rest, write)
		}
	}
	return c.writeSet(ctx, rest)
}

// errNobodyInTheWay is the trouble with a row that the ledger refuses and does not
// know. A moment later it may: then another attempt finds out.
var errNobodyInTheWay = errors.New("the ledger refuses the row as one that was migrated before, and does not have it; do two rows of the table have this key (a child table that repeats it)?")

// knownFrom asks the ledger about customers, after the failed marks of earlier runs
// have been deleted, so many of them as exhumed says.
func (c *chunk) knownFrom(ctx context.Context, keys []database.Key) (known map[string]database.LedgerRow, exhumed int, err error) {
	rows, err := c.table.Ledger(ctx, keys)
	if err != nil {
		return nil, 0, err
	}
	known = map[string]database.LedgerRow{}
	var again []database.Key
	for _, row := range rows {
		if row.Failed && row.Run != c.mark.Run.Number {
			again = append(again, row.Spelled())
		} else {
			known[row.Key.Text()] = row
		}
	}
	if len(again) > 0 {
		err = c.table.Exhume(ctx, c.mark.Run, again)
	}
	return known, len(again), err
}

// readAgain reads the customers that were not written. Those that are gone have
// vanished and are not counted; those in the ledger are done.
func (c *chunk) readAgain(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := c.table.ReadKeys(ctx, keys)
	if err != nil {
		return nil, err
	}
	known, _, err := c.knownFrom(ctx, keys)
	if err != nil {
		return nil, err
	}
	for _, row := range known {
		c.countLedger(row)
	}
	var pending []database.Row
	for _, row := range rows {
		if _, found := known[row.Key.Text()]; !found {
			pending = append(pending, row)
		}
	}
	return pending, nil
}
