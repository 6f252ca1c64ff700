package mysql

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Read returns the range's next rows.
func (t *table) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	if after == nil {
		after = part.After
	}
	where, arguments, err := t.between(after, part.UpTo, t.plan.Conditions()...)
	if err != nil {
		return nil, err
	}
	return t.readRows(ctx, t.readers, fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, t.order(""), limit), limit, arguments)
}

// ReadKeys returns the rows of these keys.
func (t *table) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	return t.readKeys(ctx, t.readers, keys, "")
}

// readLocked returns the rows of these keys, locked in the index's order: sets
// that lock their rows in the same order cannot deadlock with each other.
func (t *table) readLocked(ctx context.Context, in session, keys []database.Key) ([]database.Row, error) {
	return t.readKeys(ctx, in, keys, " ORDER BY "+t.order("")+" FOR UPDATE")
}

func (t *table) readKeys(ctx context.Context, in session, keys []database.Key, clause string) ([]database.Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	arguments, err := t.allArguments(keys)
	if err != nil {
		return nil, err
	}
	rows, err := t.readRows(ctx, in, " WHERE "+t.in(len(keys))+t.plan.Filter()+clause, len(keys), arguments)
	if err != nil {
		return nil, err
	}
	return rows, classify(database.AsAsked(keys, rows, t.same(ctx, in)))
}

// readRows reads keys and columns of about so many rows, with a clause after the
// table's name.
func (t *table) readRows(ctx context.Context, in session, clause string, expected int, arguments []any) ([]database.Row, error) {
	selected := names(t.keys, "")
	for _, column := range t.columns {
		selected = append(selected, column.selected())
	}
	columns := t.plan.Columns()
	rows := make([]database.Row, 0, expected)
	var copier driverkit.TextsCopier
	var slab driverkit.Slab[any]
	err := query(ctx, in, "SELECT "+strings.Join(selected, ", ")+" FROM "+t.indexed()+clause, arguments, func(values [][]byte) error {
		key, err := t.keyOf(values)
		if err != nil {
			return err
		}
		seen := copier.Copy(values[len(t.keys):])
		row := database.Row{Key: key, Columns: columns, Seen: seen, Values: slab.Take(len(columns))}
		for i, column := range t.columns {
			row.Values[i] = column.value(seen[i])
		}
		rows = append(rows, row)
		return nil
	})
	return rows, classify(err)
}
