package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"db-migrate/database"
)

// lockedRound is the round in which a customer who keeps changing between read
// and write is migrated under a row lock.
const lockedRound = 3

// writeLocked migrates customers one by one under a row lock: their rows change
// all the time, or a trigger of the site's changes what is compared.
func (c *chunk) writeLocked(ctx context.Context, writes []database.Write) error {
	for _, write := range writes {
		if err := c.writeOneLocked(ctx, write.Row.Key); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunk) writeOneLocked(ctx context.Context, key database.Key) error {
	var decided verdict
	started := time.Now()
	written, err := c.table.WriteLocked(ctx, c.mark, key, func(row database.Row) (database.Change, error) {
		var err error
		decided, err = c.decideOne(ctx, row)
		return decided.change, err
	})
	switch {
	case errors.Is(err, database.ErrLedgerConflict):
		return c.resolveLockedConflict(ctx, key)
	case err != nil && database.ClassOf(err) == database.Own:
		c.trouble(key, err)
	case errors.Is(err, database.ErrStatementTimeout) && ctx.Err() == nil:
		c.slow.observe(err)
		c.suspect(key, err)
	case err != nil && database.ClassOf(err) == database.Contention && ctx.Err() == nil:
		c.locked = append(c.locked, key)
	case err != nil:
		return err
	case written:
		c.counts.Migrated++
		c.slow.answer()
		c.log.migrated([]database.Key{key}, time.Since(started))
	case decided.unneeded:
		return c.countUnneeded(ctx, []database.Key{key})
	default:
		return c.settleUnwritten(ctx, key)
	}
	return nil
}

// resolveLockedConflict counts a row that has a ledger row, or writes it in the place
// of one that makes way.
func (c *chunk) resolveLockedConflict(ctx context.Context, key database.Key) error {
	known, err := c.ledgerOf(ctx, []database.Key{key})
	if err != nil {
		return err
	}
	row, found := known[key.Text()]
	switch {
	case !found || c.mark.Replaces:
		c.trouble(key, errNobodyInTheWay)
	case c.makesWay(row):
		c.mark.Replaces = true
		defer func() { c.mark.Replaces = false }()
		return c.writeOneLocked(ctx, key)
	default:
		c.countLedger(row)
	}
	return nil
}

// settleUnwritten deals with a customer that could not be written under a lock:
// gone, or the migrate statement does not update whom the check selects.
func (c *chunk) settleUnwritten(ctx context.Context, key database.Key) error {
	rows, err := c.table.ReadKeys(ctx, []database.Key{key})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.settleGone(ctx, []database.Key{key})
	}
	if !c.judges() { // without a check statement, migrate itself decides
		return c.countUnneeded(ctx, []database.Key{key})
	}
	c.trouble(key, fmt.Errorf("the customer needs to be migrated, but %d tries wrote nothing", lockedRound))
	return nil
}
