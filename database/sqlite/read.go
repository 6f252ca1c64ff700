package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// parameterLimit is SQLite's for the parameters of a statement.
const parameterLimit = 32766

// openReader makes the reader of the table; the kinds of the key's columns are found by
// it.
func (t *table) openReader() {
	reader := t.Reader
	reader.Keys = driverkit.Keys{Table: t.name, Marks: true, AtOnce: parameterLimit / (2 * len(t.keys)), Set: t.keySet}
	for i := range t.keys {
		key := &t.keys[i]
		reader.Columns = append(reader.Columns, driverkit.KeyColumn{Name: key.name, Quoted: quote(key.name), Selected: stored(quote(key.name)),
			Text:     func(value any) (string, error) { return key.encode(value) },
			Argument: func(text string) (any, error) { return key.decode(text) },
			Typed:    func(placeholder string) string { return placeholder }})
	}
	reader.From, reader.Indexed = quote(t.name), quote(t.name)
	reader.Session = func() books.Session { return readSession{t} }
	reader.RowsText, reader.Rows, reader.Same = t.rowsText, t.readRows, t.samePlaces
	reader.Bytes = t.options.ReadBytes
	t.Estimate = t.estimate
	t.sql = &driverkit.Statements{Reader: reader, IsKey: reader.IsOnlyColumn, Stored: t.asStored}
}

// stored selects an expression as it is stored: the plus sign keeps the driver from
// making times and booleans of it.
func stored(expression string) string { return "+" + expression }

func (t *table) keySet(arguments *driverkit.Arguments, keys []database.Key) (string, error) {
	list, err := t.MarkAll(arguments, keys)
	if len(t.keys) > 1 {
		list = "VALUES " + list
	}
	return list, err
}

// rowsText selects the key's columns, then the plan's, with a clause after the table's
// name.
func (t *table) rowsText(clause string) string {
	parts := []string{t.SelectedList()}
	for _, column := range t.columns {
		parts = append(parts, stored(quote(column.name)))
	}
	return "SELECT " + strings.Join(parts, ", ") + " FROM " + t.From + clause
}

func (t *table) readRows(ctx context.Context, in books.Session, clause string, room driverkit.Room, arguments []any) ([]database.Row, error) {
	names := make([]string, len(t.columns))
	for i, column := range t.columns {
		names[i] = column.name
	}
	var slab driverkit.Slab[any]
	rows := make([]database.Row, 0, min(room.Rows, rowsExpected))
	err := driverkit.StopIfCut(ctx, func(ctx context.Context, use func(books.Values) error) error {
		return in.Query(ctx, t.rowsText(clause), arguments, use)
	}, func(values books.Values) error {
		key, err := t.Key(values)
		if err != nil {
			return err
		}
		row := database.Row{Key: key, Columns: names, Values: slab.Take(len(names))}
		for i, value := range values[len(t.keys):] {
			if blob, ok := value.([]byte); ok && blob == nil {
				value = []byte{} // it would be NULL if it were written back
			}
			row.Values[i] = value
		}
		rows = append(rows, row)
		return room.Take(row)
	})
	return rows, err
}

// rowsExpected bounds the room that is made for rows before they are seen.
const rowsExpected = 1024

// readLocked reads a row on the writing connection, with the key that it is asked for.
func (t *table) readLocked(ctx context.Context, in books.Session, key database.Key) ([]database.Row, error) {
	arguments := driverkit.Arguments{Marks: true}
	marks, err := t.Mark(&arguments, key)
	if err != nil {
		return nil, err
	}
	rows, err := t.readRows(ctx, in, fmt.Sprintf(" WHERE %s = %s%s", t.Tuple(), driverkit.Tuple(marks), t.Plan.Filter()), driverkit.Room{Rows: 1}, arguments.Values)
	for i := range rows {
		rows[i].Key = key
	}
	return rows, err
}

// samePlaces lets SQLite sort equal keys together.
func (t *table) samePlaces(ctx context.Context, in books.Session, keys []database.Key) ([]int, error) {
	arguments := driverkit.Arguments{Marks: true}
	rows, names, columns := make([]string, len(keys)), []string{"place"}, make([]string, len(t.keys))
	for place, key := range keys {
		marks, err := t.Mark(&arguments, key)
		if err != nil {
			return nil, err
		}
		rows[place] = fmt.Sprintf("(%d, %s)", place, strings.Join(marks, ", "))
	}
	for i, column := range t.keys {
		names, columns[i] = append(names, fmt.Sprintf("k%d", i)), fmt.Sprintf("k%d", i)+column.collate()
	}
	text := fmt.Sprintf("WITH l(%s) AS (VALUES %s) SELECT min(place) OVER (PARTITION BY %s) FROM l ORDER BY place",
		strings.Join(names, ", "), strings.Join(rows, ","), strings.Join(columns, ", "))
	return driverkit.PlacesIn(ctx, in, text, arguments.Values)
}

// Bound is that of the file that was opened.
func (t *table) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	if err := t.unmoved(); err != nil {
		return database.Bound{}, err
	}
	return t.Scan.Bound(ctx, after)
}

// estimate is about how many customers lie after one key and up to another:
// counted, if that can be done in a moment.
func (t *table) estimate(ctx context.Context, after, upTo database.Key) (int64, error) {
	counted, err := t.Count(ctx, after, upTo)
	if counted >= 0 {
		return counted, err
	}
	return t.guess(ctx, after, upTo), nil
}

// guess takes the rows that ANALYZE has counted, if somebody has run it; there
// are no more than that, and no more than the keys' numbers leave room for.
// SQLite's planner knows nothing else. 0: unknown.
func (t *table) guess(ctx context.Context, after, upTo database.Key) int64 {
	analyzed, room := t.analyzed(ctx), t.room(ctx, after, upTo)
	if analyzed > 0 && room > 0 {
		return min(analyzed, room)
	}
	return max(analyzed, room)
}

// analyzed is the table's rows when ANALYZE was run; 0: it never was.
func (t *table) analyzed(ctx context.Context) int64 {
	var rows sql.NullInt64
	err := t.readers.QueryRowContext(ctx, "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?", t.name).Scan(&rows)
	if err != nil {
		return 0 // without ANALYZE there is no such table
	}
	return rows.Int64
}

// room is how many whole numbers lie between the first key and the last; 0: the
// key is something else.
func (t *table) room(ctx context.Context, after, upTo database.Key) int64 {
	if len(t.keys) != 1 || t.keys[0].kind != "integer" {
		return 0
	}
	if upTo == nil {
		upTo, _ = t.Greatest(ctx)
	}
	first, err := driverkit.SoFar(t.Fetch(ctx, after, upTo, 1))
	if err != nil || len(first) == 0 || upTo == nil {
		return 0
	}
	low, _ := strconv.ParseInt(first[0][0], 10, 64)
	high, _ := strconv.ParseInt(upTo[0], 10, 64)
	return max(0, high-low+1)
}

// prepareStatements takes the plan's statements apart and lets SQLite compile
// each of them.
func (t *table) prepareStatements(ctx context.Context) error {
	if err := t.findTriggers(ctx); err != nil || t.Plan.Statements == nil {
		return err
	}
	return t.sql.Prepare(ctx, driverkit.Dialect{SQL: sqltext.SQLite, Returns: true, OfTable: t.ofTable, IsTable: t.isTable, Compile: func(ctx context.Context, s *driverkit.Statement, _ bool, _ int) error {
		text, _, err := t.sql.Written(s, []database.Key{nil})
		if err != nil {
			return err
		}
		if err := t.compile(ctx, text); err != nil {
			return driverkit.Broken("%s: %w", s.Place, err)
		}
		return nil
	}}, t.CheckText(t.Tuple()))
}

// ofTable refuses a first statement that updates another table.
func (t *table) ofTable(_ context.Context, s *driverkit.Statement) error {
	named := s.Updates()
	if named == nil && s.Names(t.name) || named != nil && strings.EqualFold(sqltext.Unquoted(named[len(named)-1]), t.name) {
		return nil
	}
	return database.OtherTable(s.Place, strings.Join(named, "."), t.name)
}

// isTable reports whether a statement that names a table so means ours.
func (t *table) isTable(_ context.Context, named []string) (bool, error) {
	return strings.EqualFold(sqltext.Unquoted(named[len(named)-1]), t.name), nil
}

// findTriggers finds out whether a trigger may change a key behind an UPDATE that does
// not: RETURNING does not tell of it.
func (t *table) findTriggers(ctx context.Context) error {
	err := t.each(ctx, "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE AND sql LIKE '%UPDATE%'", []any{t.name}, func(books.Values) error {
		t.sql.KeysMayMove = true
		return nil
	})
	return t.explain(err)
}
