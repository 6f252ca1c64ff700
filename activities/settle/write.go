package settle

import (
	"context"
	"errors"
	"time"

	"db-migrate/database"
)

// writeAll writes what it can, a transaction at a time, and returns the keys that
// were not written: rows that changed since they were read, or that are gone.
func (c *settling) writeAll(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	size := c.job.Transaction
	if size == 0 || len(writes) <= size {
		return c.writeSet(ctx, writes)
	}
	if singly := c.table.Traits().Singly; singly != nil && size == 1 {
		return c.writeEach(ctx, singly, writes)
	}
	return c.writeParts(ctx, writes, size)
}

// writeParts writes a set in parts of so many rows.
func (c *settling) writeParts(ctx context.Context, writes []database.Write, size int) ([]database.Key, error) {
	var unwritten []database.Key
	err := eachPart(writes, size, func(part []database.Write) error {
		keys, err := c.writeSet(ctx, part)
		unwritten = append(unwritten, keys...)
		return err
	})
	return unwritten, err
}

// writeEach writes each row in a transaction of its own. Those for which it failed are
// written once more, one by one, as sets of one.
func (c *settling) writeEach(ctx context.Context, singly database.Singly, writes []database.Write) ([]database.Key, error) {
	c.doing(DoingMigrating, writes[0].Row.Key)
	started := time.Now()
	outcomes, err := singly.WriteEach(ctx, c.mark, writes)
	if err != nil {
		return c.writeApart(ctx, writes, err, func(part []database.Write) ([]database.Key, error) { return c.writeEach(ctx, singly, part) })
	}
	written := make([]bool, len(writes))
	var done, again []database.Write
	for i, outcome := range outcomes {
		if outcome.Err != nil {
			if errors.Is(outcome.Err, database.ErrStatementTimeout) {
				c.writing.observe()
			}
			again = append(again, writes[i])
			continue
		}
		written[len(done)] = outcome.Written
		done = append(done, writes[i])
	}
	unwritten := c.countWritten(done, written, time.Since(started)/time.Duration(len(writes)))
	others, err := c.writeParts(ctx, again, 1)
	return append(unwritten, others...), err
}

// writeSet writes a set in one transaction.
func (c *settling) writeSet(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	c.doing(DoingMigrating, writes[0].Row.Key)
	started := time.Now()
	written, err := c.repeatWrite(ctx, writes)
	elapsed := time.Since(started)
	switch {
	case err == nil:
		c.settler.Sizer.Observe(len(writes), written.Held)
		return c.countWritten(writes, written.Rows, elapsed), nil
	case errors.Is(err, database.ErrLedgerConflict):
		return c.resolveConflict(ctx, writes)
	case c.kindOf(ctx, err) == serversOwn && database.ClassOf(err) == database.Contention && ctx.Err() == nil:
		c.waited += elapsed
		return c.writeAround(ctx, writes, err, elapsed)
	}
	return c.writeApart(ctx, writes, err, func(part []database.Write) ([]database.Key, error) { return c.writeSet(ctx, part) })
}

// countWritten counts the rows that were written, and returns the others.
func (c *settling) countWritten(writes []database.Write, written []bool, elapsed time.Duration) []database.Key {
	var unwritten []database.Key
	migrated := make([]database.Key, 0, len(writes))
	for i, write := range writes {
		if written[i] {
			migrated = append(migrated, write.Row.Key)
		} else {
			unwritten = append(unwritten, write.Row.Key)
		}
	}
	c.out.Counts.Migrated += len(migrated)
	if len(writes) > 0 {
		c.writing.answer()
	}
	c.settler.Log.migrated(migrated, elapsed)
	return unwritten
}

// writeApart divides a set that failed, down to the row that is to blame, if one may be.
func (c *settling) writeApart(ctx context.Context, writes []database.Write, err error, again func([]database.Write) ([]database.Key, error)) ([]database.Key, error) {
	return c.divideWrites(writes, c.kindOf(ctx, err), err, again)
}

func (c *settling) divideWrites(writes []database.Write, whose kind, err error, again func([]database.Write) ([]database.Key, error)) ([]database.Key, error) {
	var unwritten []database.Key
	err = takeApart(c, &c.writing, writes, keyOfWrite, whose, err, func(part []database.Write) error {
		keys, err := again(part)
		unwritten = append(unwritten, keys...)
		return err
	})
	return unwritten, err
}

func keyOfWrite(write database.Write) database.Key { return write.Row.Key }

func keysOfWrites(writes []database.Write) []database.Key {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	return keys
}

// Bounds of patience with locked rows. Beyond the first nothing more is written; beyond
// the second, listing the rows costs more than reading again.
const (
	lockPatience = 3 * time.Second
	lockedListed = 100
)

// lockParts is into how many parts a set is divided that waited for a lock in
// vain: the others are written at once, and waiting a second time leaves few.
const lockParts = 10

// writeAround writes those of a set whose rows are not locked. Who has waited too long
// for locks looks no closer.
func (c *settling) writeAround(ctx context.Context, writes []database.Write, err error, elapsed time.Duration) ([]database.Key, error) {
	switch {
	case len(writes) == 1:
		c.refused(writes[0].Row.Key, err, elapsed)
		return nil, nil
	case c.waited > lockPatience:
		c.out.Locked = append(c.out.Locked, keysOfWrites(writes)...)
		return nil, nil
	}
	return c.writeParts(ctx, writes, partOf(len(writes), lockParts))
}

// longestRepeated is how long a write may have waited for locks to be repeated as it
// was: a deadlock is told at once, and over after a moment.
const longestRepeated = time.Second / 2

// repeatWrite repeats a write that ran into locks a few times, unless it has waited for
// them already.
func (c *settling) repeatWrite(ctx context.Context, writes []database.Write) (database.Written, error) {
	for pause := 20 * time.Millisecond; ; pause *= 3 {
		started := time.Now()
		written, err := c.table.Write(ctx, c.mark, writes)
		if err == nil || database.ClassOf(err) != database.Contention || errors.Is(err, database.ErrStatementTimeout) {
			return written, err
		}
		if pause > time.Second/2 || c.repeated || c.waited > 0 || time.Since(started) > longestRepeated {
			return written, err
		}
		if err := database.Sleep(ctx, pause); err != nil {
			return database.Written{}, err
		}
	}
}
