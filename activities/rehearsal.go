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
	for _, write := range writes[:min(len(writes), c.samples)] {
		c.sampled = append(c.sampled, sampleOf(write))
	}
	c.counts.Migrated += len(writes)
	c.counts.Failed += len(c.troubled)
	return nil
}
