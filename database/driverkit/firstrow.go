package driverkit

import (
	"context"

	"db-migrate/database"
)

// FirstRow reads a table's first row by its key, again and again, as a probe does.
type FirstRow struct {
	Table database.Table
	key   database.Key
}

// Read reads the row. A row that is gone by then is looked up all the same; in an empty
// table the first row is looked for.
func (f *FirstRow) Read(ctx context.Context) error {
	if f.key != nil {
		_, err := f.Table.ReadKeys(ctx, []database.Key{f.key})
		return err
	}
	rows, err := f.Table.Read(ctx, database.Range{}, nil, 1)
	if len(rows) > 0 {
		f.key = rows[0].Key
	}
	return err
}
