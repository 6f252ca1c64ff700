package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"db-migrate/database"
)

// Bounds of a chunk's patience with locked rows. Beyond the first it writes no
// more; beyond the second, listing the customers costs more than reading again.
const (
	lockPatience = 3 * time.Second
	lockedListed = 100
)

// lockParts is into how many parts a set is divided that waited for a lock in
// vain: the others are written at once, and waiting a second time leaves few.
const lockParts = 10

// writeAround writes those of a set whose rows are not locked. A chunk that has
// waited too long for locks looks no closer.
func (c *chunk) writeAround(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 1 || c.waited > lockPatience {
		c.lock(writes)
		return nil, nil
	}
	return c.writeSets(ctx, slices.Collect(slices.Chunk(writes, (len(writes)+lockParts-1)/lockParts)))
}

// longestRepeated is how long a write may have waited for locks to be repeated as it
// was: a deadlock is told at once, and over after a moment.
const longestRepeated = time.Second / 2

// repeatWrite repeats a write that ran into locks, unless the chunk has waited for
// them already.
func (c *chunk) repeatWrite(ctx context.Context, writes []database.Write) (database.Written, error) {
	for pause := 20 * time.Millisecond; ; pause *= 3 {
		started := time.Now()
		written, err := c.table.Write(ctx, c.mark, writes)
		if err == nil || database.ClassOf(err) != database.Contention || errors.Is(err, database.ErrStatementTimeout) {
			return written, err
		}
		if pause > time.Second/2 || c.waited > 0 || time.Since(started) > longestRepeated {
			return written, err
		}
		if err := database.Sleep(ctx, pause); err != nil {
			return database.Written{}, err
		}
	}
}
