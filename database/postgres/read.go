package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// openReader makes the reader of the table, once its key is known.
func (t *table) openReader() {
	reader := t.Reader
	reader.Keys = driverkit.Keys{Table: t.name, Set: t.keySet}
	for _, key := range t.keys {
		reader.Columns = append(reader.Columns, driverkit.KeyColumn{Name: key.name, Quoted: quote(key.name), Selected: quote(key.name), Text: key.keyText,
			Argument: func(text string) (any, error) { return key.argument(text), nil },
			Typed:    func(placeholder string) string { return key.cast(placeholder + "::text") }})
	}
	reader.From = pgx.Identifier{t.schema, t.name}.Sanitize()
	reader.Indexed = reader.From
	reader.Session = func() books.Session { return bookSession{t.reading()} }
	reader.RowsText, reader.Rows, reader.Same = t.rowsText, t.readRows, t.samePlaces
	reader.Spelled = slices.ContainsFunc(t.keys, func(column column) bool { return column.spelled })
	reader.Bytes = t.options.ReadBytes
	t.Estimate = t.estimate
	t.sql = &driverkit.Statements{Reader: reader, IsKey: t.isKey}
}

// lists are the values of keys, a list for each column.
func (t *table) lists(arguments *driverkit.Arguments, keys []database.Key) (string, error) {
	lists := make([]string, len(t.keys))
	for i := range t.keys {
		values := make([]*string, len(keys))
		for k, key := range keys {
			value, err := t.Value(i, key)
			if err != nil {
				return "", err
			}
			if text, known := value.(string); known {
				values[k] = &text
			}
		}
		lists[i] = texts(arguments, values)
	}
	return strings.Join(lists, ", "), nil
}

// keySet is a query of keys.
func (t *table) keySet(arguments *driverkit.Arguments, keys []database.Key) (string, error) {
	lists, err := t.lists(arguments, keys)
	aliases, columns := aliases(len(t.keys)), make([]string, len(t.keys))
	for i, column := range t.keys {
		columns[i] = column.cast(aliases[i])
	}
	return fmt.Sprintf("SELECT %s FROM unnest(%s) AS wanted(%s)", strings.Join(columns, ", "), lists, strings.Join(aliases, ", ")), err
}

// aliases are names for so many columns of a key, whatever the table calls them.
func aliases(columns int) []string {
	list := make([]string, columns)
	for i := range list {
		list[i] = fmt.Sprintf("k%d", i)
	}
	return list
}

// samePlaces lets PostgreSQL sort equal keys together.
func (t *table) samePlaces(ctx context.Context, in books.Session, keys []database.Key) ([]int, error) {
	var arguments driverkit.Arguments
	lists, err := t.lists(&arguments, keys)
	if err != nil {
		return nil, err
	}
	columns := make([]string, len(t.keys))
	for i, column := range t.keys {
		columns[i] = column.cast(fmt.Sprintf("k%d", i)) + column.comparing
	}
	text := fmt.Sprintf("SELECT min(place) OVER (PARTITION BY %s) - 1 FROM unnest(%s) WITH ORDINALITY AS w(%s, place) ORDER BY place",
		strings.Join(columns, ", "), lists, strings.Join(aliases(len(t.keys)), ", "))
	return driverkit.PlacesIn(ctx, in, text, arguments.Values)
}

// rowsText selects keys and columns, with a clause after the table's name.
func (t *table) rowsText(clause string) string {
	selected := append(names(t.keys, ""), names(t.columns, "")...)
	return "SELECT " + strings.Join(selected, ", ") + " FROM " + t.From + clause
}

func (t *table) readRows(ctx context.Context, in books.Session, clause string, room driverkit.Room, arguments []any) ([]database.Row, error) {
	read := driverkit.TextRows{Keys: &t.Keys, Names: t.Plan.Columns(), Value: func(at int, text *string) any { return t.columns[at].value(text) }}
	read.Expect(room)
	err := driverkit.StopIfCut(ctx, func(ctx context.Context, use func(driverkit.Texts) error) error {
		return classify(query(ctx, in.(bookSession).in, t.rowsText(clause), arguments, use))
	}, read.Add)
	return read.All(), err
}

// readLocked reads a row under a lock, with the key that it is asked for.
func (t *table) readLocked(ctx context.Context, in books.Session, key database.Key) ([]database.Row, error) {
	return t.readOne(ctx, in, key, " FOR UPDATE")
}

// readOne reads a row by its key; how ends the statement.
func (t *table) readOne(ctx context.Context, in books.Session, key database.Key, how string) ([]database.Row, error) {
	var arguments driverkit.Arguments
	marks, err := t.Mark(&arguments, key)
	if err != nil {
		return nil, err
	}
	rows, err := t.readRows(ctx, in, fmt.Sprintf(" WHERE %s = %s%s%s", t.Tuple(), driverkit.Tuple(marks), t.Plan.Filter(), how), driverkit.Room{Rows: 1}, arguments.Values)
	for i := range rows {
		rows[i].Key = key
	}
	return rows, err
}

// estimate is about how many customers lie after one key and up to another: a
// large table's are the planner's guess, others are counted.
func (t *table) estimate(ctx context.Context, after, upTo database.Key) (int64, error) {
	found, err := one(ctx, t.readers, `SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE oid = $1::text::oid
		OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::text::oid)`, t.oid)
	if err != nil {
		return 0, classify(err)
	}
	if found.Null(0) {
		return 0, driverkit.Broken("table %s.%s was dropped or made anew since this worker began; restart the worker", t.schema, t.name)
	}
	return t.EstimateBy(ctx, found.Number(0), after, upTo, func(where books.Condition) (int64, error) { return t.guess(ctx, where) })
}

// guess is the planner's, by the statistics.
func (t *table) guess(ctx context.Context, where books.Condition) (int64, error) {
	found, err := one(ctx, t.readers, "EXPLAIN (FORMAT JSON) SELECT 1 FROM "+t.From+where.Text, where.Arguments...)
	if err != nil {
		return 0, classify(err)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(found.Text(0)), &plans); err != nil || len(plans) == 0 {
		return 0, fmt.Errorf("PostgreSQL's plan cannot be read: %w", err)
	}
	return int64(plans[0].Plan.Rows), nil
}
