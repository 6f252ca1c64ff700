// Package settle finds out what becomes of rows: it decides on them, writes them
// together with their ledger rows, and takes a set apart that cannot be written as it
// is. It is the part of db-migrate that must be right: docs/exactly-once.md tells why
// each step is as it is.
//
// It knows nothing of Temporal. Rows come in by a Source, a Job says for which run they
// are settled, and an Outcome says what became of them. An error says that nothing is
// known of the rows, and that they must be settled again as worked on.
//
// No set is tried again as it is for long: each loop here is bounded, or goes on with a
// smaller set, down to one row, which is then troubled or left as locked.
package settle

import (
	"context"
	"errors"
	"fmt"

	"db-migrate/database"
)

// Migrate accounts for every row of a set: migrated, skipped, vanished, troubled or
// locked.
func (s *Settler) Migrate(ctx context.Context, table database.Table, job Job, set Set) (Outcome, error) {
	c := s.begin(table, job)
	if err := c.migrate(ctx, set.Rows, set.Known); err != nil {
		return c.out, err
	}
	return c.out, c.books.settleGone(ctx, set.Gone)
}

func (c *settling) migrate(ctx context.Context, rows []database.Row, known []database.LedgerRow) error {
	if err := c.rounds(ctx, rows, known); err != nil {
		return err
	}
	return c.finish(len(rows))
}

// finish settles what is in doubt. A set of which many rows are locked is given back.
func (c *settling) finish(rows int) error {
	if err := c.settleSuspects(rows); err != nil {
		return err
	}
	c.settleRefused(rows)
	if len(c.out.Locked) > min(lockedListed, rows/2) {
		return &database.Error{Class: database.Contention, Err: errors.New(c.lockedText(rows))}
	}
	return nil
}

// lockedText says how many rows are locked, and what the database has said of one.
func (c *settling) lockedText(rows int) string {
	text := fmt.Sprintf("%d of %d rows are locked", len(c.out.Locked), rows)
	if len(c.out.Refused) > 0 {
		text += fmt.Sprintf("; row %s: %s", c.out.Refused[0].Key, c.out.Refused[0].Error)
	}
	return text
}

// rounds decides and writes. Rows that have changed in between are read and decided on
// again, and at last migrated under a row lock.
func (c *settling) rounds(ctx context.Context, rows []database.Row, known []database.LedgerRow) error {
	pending := c.withoutKnown(rows, known)
	for round := 1; len(pending) > 0; round++ {
		var unwritten []database.Key
		for len(pending) > 0 {
			writes, left, err := c.decideNext(ctx, pending)
			if err != nil {
				return err
			}
			keys, err := c.writeDecided(ctx, writes, round)
			if err != nil {
				return err
			}
			unwritten, pending = append(unwritten, keys...), left
		}
		var err error
		if pending, err = c.readAgain(ctx, unwritten); err != nil {
			return err
		}
	}
	return nil
}

// writeDecided writes what was decided, once there is room in memory for it.
func (c *settling) writeDecided(ctx context.Context, writes []database.Write, round int) ([]database.Key, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	bytes := 0
	for _, write := range writes {
		bytes += write.Row.Bytes() + write.Change.Bytes()
	}
	release, err := c.settler.Memory.Take(ctx, bytes)
	if err != nil {
		return nil, err
	}
	defer release()
	if round >= lockedRound {
		return nil, c.writeLocked(ctx, writes)
	}
	return c.writeAll(ctx, writes)
}

// withoutKnown counts the rows that this run's ledger knows already, those among them
// that the site has deleted since as well.
func (c *settling) withoutKnown(rows []database.Row, known []database.LedgerRow) []database.Row {
	if len(known) == 0 {
		return rows
	}
	inLedger := map[string]bool{}
	for _, row := range known {
		inLedger[row.Key.Text()] = true
		c.out.Counts.Add(c.books.count(row))
	}
	var pending []database.Row
	for _, row := range rows {
		if !inLedger[row.Key.Text()] {
			pending = append(pending, row)
		}
	}
	return pending
}

// readAgain reads the rows that were not written. Those that are gone have vanished and
// are not counted; those that this run has in its ledger are done; all others are
// decided on again.
func (c *settling) readAgain(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := database.ReadEach(ctx, c.table, keys)
	if err != nil {
		return nil, err
	}
	known, err := c.books.of(ctx, keys)
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
