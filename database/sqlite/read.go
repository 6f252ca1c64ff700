package sqlite

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
)

// selection is the columns to read: the key's, then the plan's. The plus sign
// keeps the driver from making times and booleans of what is stored.
func (t *table) selection() string {
	parts := t.keySelection()
	for _, column := range t.columns {
		parts = append(parts, "+"+quote(column.name))
	}
	return strings.Join(parts, ", ")
}

// Read returns the range's next rows.
func (t *table) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	if after == nil {
		after = part.After
	}
	where, arguments, err := t.between(after, part.UpTo, t.plan.Conditions()...)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT ?", t.selection(), quote(t.name), where, t.order("ASC"))
	return t.queryRows(ctx, text, append(arguments, limit))
}

// ReadKeys returns the rows of these keys.
func (t *table) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	var rows []database.Row
	for _, some := range portions(keys, t.inLimit()) {
		arguments, err := t.allArguments(some)
		if err != nil {
			return nil, err
		}
		text := fmt.Sprintf("SELECT %s FROM %s WHERE %s%s", t.selection(), quote(t.name), t.in(len(some)), t.plan.Filter())
		found, err := t.queryRows(ctx, text, arguments)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, database.AsAsked(keys, rows, t.same(ctx))
}

// parameterLimit is SQLite's for the parameters of a statement.
const parameterLimit = 32766

func (t *table) inLimit() int { return parameterLimit / (2 * len(t.keys)) }

func portions(keys []database.Key, size int) [][]database.Key {
	var parts [][]database.Key
	for len(keys) > size {
		parts = append(parts, keys[:size])
		keys = keys[size:]
	}
	if len(keys) > 0 {
		parts = append(parts, keys)
	}
	return parts
}

// rowsInBlock is for how many rows memory is taken at once.
const rowsInBlock = 64

func (t *table) queryRows(ctx context.Context, text string, arguments []any) ([]database.Row, error) {
	names := make([]string, len(t.columns))
	for i, column := range t.columns {
		names[i] = column.name
	}
	var rows []database.Row
	var block []any
	err := t.query(ctx, text, arguments, len(t.keys)+len(t.columns), func(values []any) error {
		key, err := t.key(values[:len(t.keys)])
		if len(block)+len(names) > cap(block) {
			block = make([]any, 0, rowsInBlock*len(names))
		}
		begin := len(block)
		block = append(block, values[len(t.keys):]...)
		rows = append(rows, database.Row{Key: key, Columns: names, Values: stored(block[begin:len(block):len(block)])})
		return err
	})
	return rows, err
}

// stored makes empty blobs of what would be NULL if it were written back.
func stored(values []any) []any {
	for i, value := range values {
		if blob, ok := value.([]byte); ok && blob == nil {
			values[i] = []byte{}
		}
	}
	return values
}
