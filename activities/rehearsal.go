package activities

import (
	"context"

	"db-migrate/database"
)

// rehearse counts what a migration would do to the rows, and does nothing.
// Customers that would be refused count as failed. The first of the others are
// kept as samples.
func (c *chunk) rehearse(ctx context.Context, rows []database.Row) error {
	if len(rows) == 0 {
		return nil
	}
	writes, err := c.decideAll(ctx, rows)
	if err != nil {
		return err
	}
	if writes, err = c.withoutMigrated(ctx, writes); err != nil {
		return err
	}
	for _, write := range writes[:min(len(writes), c.samples)] {
		c.sampled = append(c.sampled, sampleOf(write))
	}
	c.counts.Migrated += len(writes)
	c.counts.Failed += len(c.troubled)
	return nil
}

// withoutMigrated counts the rows that a run would leave as they are, since an earlier
// one has migrated them.
func (c *chunk) withoutMigrated(ctx context.Context, writes []database.Write) ([]database.Write, error) {
	known, err := c.ledgerOf(ctx, keysOfWrites(writes))
	if err != nil || len(known) == 0 {
		return writes, err
	}
	var pending []database.Write
	for _, write := range writes {
		if row, found := known[write.Row.Key.Text()]; found && !c.makesWay(row) {
			c.countLedger(row)
			continue
		}
		pending = append(pending, write)
	}
	return pending, nil
}
