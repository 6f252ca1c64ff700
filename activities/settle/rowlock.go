package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"db-migrate/database"
)

// lockedRound is the round in which a row that keeps changing between read and
// write is migrated under a row lock.
const lockedRound = 3

// writeLocked migrates rows one by one under a row lock: they change
// all the time, or a trigger of the site's changes what is compared.
func (c *settling) writeLocked(ctx context.Context, writes []database.Write) error {
	for _, write := range writes {
		if err := c.writeOneLocked(ctx, write.Row.Key); err != nil {
			return err
		}
	}
	return nil
}

func (c *settling) writeOneLocked(ctx context.Context, key database.Key) error {
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
	case err != nil:
		return c.settleLockedError(ctx, key, err, time.Since(started))
	case written:
		c.out.Counts.Migrated++
		c.writing.answer()
		c.settler.Log.migrated([]database.Key{key}, time.Since(started))
	case decided.unneeded:
		return c.countUnneeded(ctx, []database.Key{key})
	default:
		return c.settleUnwritten(ctx, key)
	}
	return nil
}

// settleLockedError leaves a row as locked, troubled or under suspicion, if the error is
// no reason to give up the others.
func (c *settling) settleLockedError(ctx context.Context, key database.Key, err error, elapsed time.Duration) error {
	whose := c.kindOf(ctx, err)
	if whose == serversOwn && database.ClassOf(err) == database.Contention && ctx.Err() == nil {
		c.refused(key, err, elapsed)
		return nil
	}
	same := func(key database.Key) database.Key { return key }
	return takeApart(c, &c.writing, []database.Key{key}, same, whose, err, nil)
}

// resolveLockedConflict counts a row that has a ledger row, or writes it in the place
// of one that makes way.
func (c *settling) resolveLockedConflict(ctx context.Context, key database.Key) error {
	known, err := c.books.of(ctx, []database.Key{key})
	if err != nil {
		return err
	}
	row, found := known[key.Text()]
	switch {
	case !found:
		c.trouble(key, errNobodyInTheWay)
	case c.mark.Replaces:
		c.trouble(key, errStaysInTheWay)
	case c.books.makesWay(row):
		defer c.replacing()()
		return c.writeOneLocked(ctx, key)
	default:
		c.out.Counts.Add(c.books.count(row))
	}
	return nil
}

// settleUnwritten deals with a row that could not be written under a lock:
// gone, or the migrate statement does not update what the check selects.
func (c *settling) settleUnwritten(ctx context.Context, key database.Key) error {
	rows, err := c.table.ReadKeys(ctx, []database.Key{key})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.books.settleGone(ctx, []database.Key{key})
	}
	if !c.books.judges { // without a check statement, migrate itself decides
		return c.countUnneeded(ctx, []database.Key{key})
	}
	c.trouble(key, fmt.Errorf("the row needs migrating, but %d attempts changed nothing", lockedRound))
	return nil
}
