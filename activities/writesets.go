package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"db-migrate/database"
)

// writeAll writes what it can, a transaction at a time, and returns the keys that
// were not written: rows that changed since they were read, or that are gone.
func (c *chunk) writeAll(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if c.transaction == 0 || len(writes) <= c.transaction {
		return c.writeSet(ctx, writes)
	}
	if singly := c.table.Traits().Singly; singly != nil && c.transaction == 1 {
		return c.writeEach(ctx, singly, writes)
	}
	return c.writeSets(ctx, slices.Collect(slices.Chunk(writes, c.transaction)))
}

func (c *chunk) writeSets(ctx context.Context, sets [][]database.Write) ([]database.Key, error) {
	var unwritten []database.Key
	for _, set := range sets {
		keys, err := c.writeSet(ctx, set)
		if err != nil {
			return nil, err
		}
		unwritten = append(unwritten, keys...)
	}
	return unwritten, nil
}

// writeEach writes each customer in a transaction of his own. Those for whom it
// failed are written once more, one by one, as sets of one.
func (c *chunk) writeEach(ctx context.Context, singly database.Singly, writes []database.Write) ([]database.Key, error) {
	c.doing(DoingMigrating, writes[0].Row.Key)
	started := time.Now()
	outcomes, err := singly.WriteEach(ctx, c.mark, writes)
	if err != nil {
		return nil, err
	}
	written := make([]bool, len(writes))
	var done []database.Write
	var again [][]database.Write
	for i, outcome := range outcomes {
		if outcome.Err != nil {
			c.slow.observe(outcome.Err)
			again = append(again, writes[i:i+1])
			continue
		}
		written[len(done)] = outcome.Written
		done = append(done, writes[i])
	}
	unwritten := c.countWritten(done, written, time.Since(started)/time.Duration(len(writes)))
	others, err := c.writeSets(ctx, again)
	return append(unwritten, others...), err
}

// writeSet writes a set in one transaction.
func (c *chunk) writeSet(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	c.doing(DoingMigrating, writes[0].Row.Key)
	started := time.Now()
	written, err := c.repeatWrite(ctx, writes)
	elapsed := time.Since(started)
	switch {
	case err == nil:
		c.sizer.Observe(len(writes), written.Held)
		return c.countWritten(writes, written.Rows, elapsed), nil
	case errors.Is(err, database.ErrLedgerConflict):
		return c.resolveConflict(ctx, writes)
	case database.ClassOf(err) == database.Own:
		return c.writeHalves(ctx, writes, func(key database.Key) { c.trouble(key, err) })
	case errors.Is(err, database.ErrStatementTimeout) && ctx.Err() == nil:
		return c.writeSlow(ctx, writes, err)
	case database.ClassOf(err) == database.Contention && ctx.Err() == nil:
		c.waited += elapsed
		return c.writeAround(ctx, writes)
	}
	return nil, err
}

func (c *chunk) countWritten(writes []database.Write, written []bool, elapsed time.Duration) []database.Key {
	var unwritten []database.Key
	migrated := make([]database.Key, 0, len(writes))
	for i, write := range writes {
		if written[i] {
			migrated = append(migrated, write.Row.Key)
		} else {
			unwritten = append(unwritten, write.Row.Key)
		}
	}
	c.counts.Migrated += len(migrated)
	if len(writes) > 0 {
		c.slow.answer()
	}
	c.log.migrated(migrated, elapsed)
	return unwritten
}

// writeHalves divides a set that failed, down to the one customer who is to
// blame.
func (c *chunk) writeHalves(ctx context.Context, writes []database.Write, blame func(database.Key)) ([]database.Key, error) {
	if len(writes) == 1 {
		blame(writes[0].Row.Key)
		return nil, nil
	}
	half := len(writes) / 2
	return c.writeSets(ctx, [][]database.Write{writes[:half], writes[half:]})
}
