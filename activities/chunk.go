package activities

import (
	"context"
	"fmt"
	"time"

	"db-migrate/activities/throttle"
	"db-migrate/database"
)

// chunk migrates a few customers of one range, as many as commit together. It
// is the part of db-migrate that must be right: docs/exactly-once.md tells why
// each step is as it is.
type chunk struct {
	table  database.Table
	decide decider
	mark   database.Mark
	log    *MigrationLog
	sizer  *throttle.Sizer
	doing  func(what string, key database.Key)
	// again: rows that earlier runs have migrated are migrated once more, if they need it.
	// Without a check, not those of runs that this one goes on with: from since on.
	again bool
	since int64
	// worked: an attempt before this one may have written some of the rows; listed: they
	// were named one by one; letters: they were, since most of them have a dead letter.
	worked, listed, letters bool
	// transaction is how many customers commit together; 0: all of them.
	transaction int

	counts   Counts
	troubled []Troubled
	// locked are customers whose rows stayed locked, waited how long the chunk
	// has been kept from writing.
	locked []database.Key
	waited time.Duration
	slow   slowness
	// samples is how many customers a dry run still wants to show, sampled
	// those that it found.
	samples int
	sampled []Sample
}

// migrate accounts for every row: migrated, skipped, vanished, troubled or
// locked. On an error nothing is known of the chunk, and it must be repeated as
// worked.
func (c *chunk) migrate(ctx context.Context, rows []database.Row, known []database.LedgerRow) error {
	if err := c.rounds(ctx, rows, known); err != nil {
		return err
	}
	c.settleSuspects(len(rows))
	if len(c.locked) > min(lockedListed, len(rows)/2) {
		return &database.Error{Class: database.Contention, Err: fmt.Errorf("%d of %d rows are locked", len(c.locked), len(rows))}
	}
	return nil
}

func (c *chunk) rounds(ctx context.Context, rows []database.Row, known []database.LedgerRow) error {
	pending := c.withoutKnown(rows, known)
	for round := 1; len(pending) > 0; round++ {
		writes, err := c.decideAll(ctx, pending)
		if err != nil {
			return err
		}
		if round >= lockedRound {
			return c.writeLocked(ctx, writes)
		}
		unwritten, err := c.writeAll(ctx, writes)
		if err != nil {
			return err
		}
		if pending, err = c.readAgain(ctx, unwritten); err != nil {
			return err
		}
	}
	return nil
}
