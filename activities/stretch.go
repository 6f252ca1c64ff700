package activities

import (
	"context"

	"db-migrate/database"
)

// stretches migrates the range's customers without handing out their keys; nil: they
// are gone through by their keys.
func (b *batchRun) stretches(part database.Range) database.Stretches {
	if part.Bytes != nil || part.Explicit() || b.worked(part) || b.batch.DryRun || b.batch.TransactionSize == 1 {
		return nil
	}
	return b.table.Traits().Stretches
}

// migrateStretch migrates the range's next customers by one statement. It returns
// nil where nothing was written and the customers are to be gone through by their
// keys.
func (b *batchRun) migrateStretch(ctx context.Context, table database.Stretches, part database.Range) (*piece, error) {
	limit := b.stretchSize()
	mark := database.Mark{Run: b.batch.Run, Sequence: part.Sequence}
	b.writing = true
	found, err := table.MigrateStretch(ctx, mark, part, b.progress.After, limit, b.migrator.Log != nil)
	if err != nil && database.AboutCustomers(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b.migrator.sizer.Observe(found.Customers, found.Held)
	work := b.migrator.chunk(b.table, b.batch.Order, part.Sequence, b.beating)
	work.counts = Counts{Migrated: found.Migrated, Skipped: found.Customers - found.Migrated - len(found.Needed)}
	b.migrator.Log.migrated(found.Names, found.Held)
	if err := b.migrateNeeded(ctx, work, found.Needed); err != nil {
		return nil, err
	}
	b.writing = false
	next := piece{named: found.Customers, last: found.Customers < limit, after: found.Last}
	if next.last {
		next.after = part.UpTo
	}
	b.advance(part, next, work)
	return &next, nil
}

func (b *batchRun) stretchSize() int {
	if size := b.transaction(); size > 0 {
		return size
	}
	return b.pieceSize()
}

// migrateNeeded migrates those whom the statement has passed over by their keys.
func (b *batchRun) migrateNeeded(ctx context.Context, work *chunk, keys []database.Key) error {
	if len(keys) == 0 {
		return nil
	}
	rows, err := b.table.ReadKeys(ctx, keys)
	if err != nil {
		return err
	}
	return work.migrate(ctx, rows, nil)
}
