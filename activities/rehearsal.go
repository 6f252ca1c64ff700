package activities

import (
	"context"

	"db-migrate/database"
)

// rehearse counts what a migration would do to the rows, and does nothing.
// Customers that would be refused count as failed.
func (c *chunk) rehearse(ctx context.Context, rows []database.Row) error {
	if len(rows) == 0 {
		return nil
	}
	writes, err := c.decideAll(ctx, rows)
	if err != nil {
		return err
	}
	c.counts.Migrated += len(writes)
	c.counts.Failed += len(c.troubled)
	return nil
}
