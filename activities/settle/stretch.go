package settle

import (
	"context"

	"db-migrate/database"
)

// Stretch migrates the next rows of a range after a key, at most limit of them, by one
// statement that does not hand their keys out. The set that it answers tells how far it
// has come. Nil: nothing was written, and the rows are to be gone through by their keys.
func (s *Settler) Stretch(ctx context.Context, table database.Table, job Job, part database.Range, after database.Key, limit int) (*Set, Outcome, error) {
	found, err := table.Traits().Stretches.MigrateStretch(ctx, job.Mark, part, after, limit, s.Log != nil)
	if err != nil && database.AboutCustomers(err) {
		return nil, Outcome{}, nil
	}
	if err != nil {
		return nil, Outcome{}, err
	}
	s.Sizer.Observe(found.Customers, found.Held)
	s.Log.migrated(found.Names, found.Held)
	c := s.begin(table, job)
	c.out.Counts = Counts{Migrated: found.Migrated, Skipped: found.Customers - found.Migrated - len(found.Needed)}
	if err := c.migrateNeeded(ctx, found.Needed); err != nil {
		return nil, Outcome{}, err
	}
	next := Set{Named: found.Customers, Last: found.Customers < limit, Position: Position{After: found.Last}}
	if next.Last {
		next.Position.After = part.UpTo
	}
	return &next, c.out, nil
}

// migrateNeeded migrates those that the statement has passed over by their keys.
func (c *settling) migrateNeeded(ctx context.Context, keys []database.Key) error {
	if len(keys) == 0 {
		return nil
	}
	rows, err := database.ReadEach(ctx, c.table, keys)
	if err != nil {
		return err
	}
	return c.migrate(ctx, rows, nil)
}
