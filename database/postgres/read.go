package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Read returns the range's next rows.
func (t *table) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	if after == nil {
		after = part.After
	}
	var p parameters
	where, err := t.between(&p, after, part.UpTo, t.plan.Conditions()...)
	if err != nil {
		return nil, err
	}
	return t.readRows(ctx, t.reading(), fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, t.order(""), limit), limit, p.values)
}

// ReadKeys returns the rows of these keys.
func (t *table) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var p parameters
	set, err := t.keySet(&p, keys)
	if err != nil {
		return nil, err
	}
	rows, err := t.readRows(ctx, t.reading(), fmt.Sprintf(" WHERE %s IN (%s)%s", tuple(names(t.keys, "")), set, t.plan.Filter()), len(keys), p.values)
	if err != nil {
		return nil, err
	}
	return rows, classify(database.AsAsked(keys, rows, t.same(ctx, t.reading())))
}

// readRows reads keys and columns of about so many rows, with a clause after the
// table's name.
func (t *table) readRows(ctx context.Context, in session, clause string, expected int, arguments []any) ([]database.Row, error) {
	selected := append(names(t.keys, ""), names(t.columns, "")...)
	text := "SELECT " + strings.Join(selected, ", ") + " FROM " + t.customers() + clause
	columns := t.plan.Columns()
	rows := make([]database.Row, 0, expected)
	var slab driverkit.Slab[any]
	err := query(ctx, in, text, arguments, func(values []*string) error {
		key, err := t.keyOf(values)
		if err != nil {
			return err
		}
		row := database.Row{Key: key, Columns: columns, Seen: driverkit.Texts(values[len(t.keys):]), Values: slab.Take(len(columns))}
		for i, column := range t.columns {
			row.Values[i] = column.value(values[len(t.keys)+i])
		}
		rows = append(rows, row)
		return nil
	})
	return rows, classify(err)
}

// value is a column's value in Go; a type without one of its own is text.
func (c column) value(text *string) any {
	if text == nil {
		return nil
	}
	switch c.base {
	case "int2", "int4", "int8":
		if number, err := strconv.ParseInt(*text, 10, 64); err == nil {
			return number
		}
	case "float4", "float8":
		if number, err := strconv.ParseFloat(*text, 64); err == nil {
			return number
		}
	case "bool":
		return *text == "t"
	case "bytea":
		if raw, err := hex.DecodeString(strings.TrimPrefix(*text, `\x`)); err == nil {
			return raw
		}
	case "timestamp", "timestamptz", "date":
		if moment, ok := parseTime(*text); ok {
			return moment
		}
	}
	return *text
}

// parseTime reads PostgreSQL's ISO style; infinity and years before Christ stay
// text.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999", time.DateOnly} {
		if moment, err := time.Parse(layout, text); err == nil {
			return moment, true
		}
	}
	return time.Time{}, false
}

// print is a value, not nil, as PostgreSQL reads it.
func (c column) print(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case []byte:
		if c.base == "bytea" {
			return `\x` + hex.EncodeToString(value)
		}
		return string(value)
	case bool:
		return strconv.FormatBool(value)
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	case time.Time:
		return value.UTC().Format("2006-01-02 15:04:05.999999-07")
	case fmt.Stringer:
		return value.String()
	}
	return fmt.Sprint(value)
}
