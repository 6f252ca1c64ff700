package mysql

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// openReader makes the reader of the table, once its key is known.
func (t *table) openReader() {
	reader := t.Reader
	reader.Keys = driverkit.Keys{Table: t.name, Marks: true, WrittenOut: true, AtOnce: transactionLimit, Set: reader.MarkAll, Among: t.among}
	for _, key := range t.keys {
		reader.Columns = append(reader.Columns, driverkit.KeyColumn{Name: key.name, Quoted: quote(key.name), Selected: quote(key.name), Text: key.keyText, Argument: key.argument, Typed: key.mark})
	}
	reader.From = quote(t.schema) + "." + quote(t.name)
	reader.Indexed = reader.From + " " + t.forced()
	reader.Session = func() books.Session { return bookSession{t.readers} }
	reader.RowsText, reader.Rows, reader.Same = t.rowsText, t.readRows, t.samePlaces
	reader.Spelled = slices.ContainsFunc(t.keys, column.spelled)
	reader.Bytes = t.options.ReadBytes
	t.Estimate = t.estimate
	t.sql = &driverkit.Statements{Reader: reader, IsKey: reader.IsOnlyColumn}
}

// forced makes the server use the key's index whatever the statistics say.
func (t *table) forced() string { return "FORCE INDEX (" + quote(t.index) + ")" }

// among is the condition that the key is one of these. Of several columns it is written
// out: then the server finds each key by the index.
func (t *table) among(arguments *driverkit.Arguments, keys []database.Key) (string, error) {
	names := t.Names()
	if len(names) == 1 {
		set, err := t.MarkAll(arguments, keys)
		return names[0] + " IN (" + set + ")", err
	}
	list := make([]string, len(keys))
	for k, key := range keys {
		marks, err := t.Mark(arguments, key)
		if err != nil {
			return "", err
		}
		for i := range marks {
			marks[i] = names[i] + " = " + marks[i]
		}
		list[k] = "(" + strings.Join(marks, " AND ") + ")"
	}
	return "(" + strings.Join(list, " OR ") + ")", nil
}

// rowsText selects keys and columns, with a clause after the table's name.
func (t *table) rowsText(clause string) string {
	selected := t.Names()
	for _, column := range t.columns {
		selected = append(selected, column.selected())
	}
	return "SELECT " + strings.Join(selected, ", ") + " FROM " + t.Indexed + clause
}

func (t *table) readRows(ctx context.Context, in books.Session, clause string, room driverkit.Room, arguments []any) ([]database.Row, error) {
	read := driverkit.TextRows{Keys: &t.Keys, Names: t.Plan.Columns(), Value: func(at int, text *string) any { return t.columns[at].value(text) }}
	read.Expect(room)
	err := driverkit.StopIfCut(ctx, func(ctx context.Context, use func(driverkit.Texts) error) error {
		return classify(query(ctx, in.(bookSession).in, t.rowsText(clause), arguments, use))
	}, read.Add)
	return read.All(), err
}

// readLocked returns the rows of these keys, locked in the index's order: sets
// that lock their rows in the same order cannot deadlock with each other.
func (t *table) readLocked(ctx context.Context, in books.Session, keys []database.Key) ([]database.Row, error) {
	return t.ReadKeysIn(ctx, in, keys, t.lockEnding())
}

func (t *table) lockEnding() string { return " ORDER BY " + t.Order("") + " FOR UPDATE" }

// samePlaces lets the server sort equal keys together.
func (t *table) samePlaces(ctx context.Context, in books.Session, keys []database.Key) ([]int, error) {
	values := t.values(len(keys), len(t.keys)+4)
	for place, key := range keys {
		values.begin()
		values.literal(strconv.Itoa(place))
		if err := t.addKey(values, key); err != nil {
			return nil, err
		}
		values.end()
	}
	aliases, typed := []string{"place"}, make([]string, len(t.keys))
	for i, key := range t.keys {
		alias := fmt.Sprintf("k%d", i)
		aliases, typed[i] = append(aliases, alias), key.typed(alias)
	}
	list := "WITH l(" + strings.Join(aliases, ", ") + ") AS (VALUES " + values.text.String() + ") "
	return driverkit.PlacesIn(ctx, in, list+"SELECT MIN(place) OVER (PARTITION BY "+strings.Join(typed, ", ")+") FROM l ORDER BY place", values.arguments)
}

// estimate is about how many customers lie after one key and up to another: a large
// table's are the optimizer's guess, others are counted.
func (t *table) estimate(ctx context.Context, after, upTo database.Key) (int64, error) {
	found, err := one(ctx, t.readers, "SELECT COALESCE(table_rows, 0) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.schema, t.name)
	if err != nil || found == nil {
		return 0, classify(err)
	}
	return t.EstimateBy(ctx, found.Number(0), after, upTo, func(where books.Condition) (int64, error) {
		rows, err := t.guess(ctx, where)
		return rows, classify(err)
	})
}

// guess is the optimizer's: the rows that it expects to look at by the key's
// index, and the share of them that it expects to be wanted.
func (t *table) guess(ctx context.Context, where books.Condition) (int64, error) {
	explain := "EXPLAIN "
	if t.maria {
		explain = "EXPLAIN EXTENDED " // else the share is left out
	}
	looked, share := 0.0, 100.0
	steps, err := plan(ctx, t.readers, explain+"SELECT "+t.List()+" FROM "+t.Indexed+where.Text, where.Arguments)
	if err != nil || len(steps) == 0 {
		return 0, err
	}
	looked, _ = strconv.ParseFloat(steps[0]["rows"], 64)
	if filtered, err := strconv.ParseFloat(steps[0]["filtered"], 64); err == nil {
		share = filtered
	}
	return int64(looked * share / 100), nil
}

// prepareStatements takes the plan's statements apart and lets the server prepare
// each of them. A read-only session would not even prepare an UPDATE.
func (t *table) prepareStatements(ctx context.Context) error {
	if err := t.findTriggers(ctx); err != nil || t.Plan.Statements == nil {
		return err
	}
	return t.sql.Prepare(ctx, driverkit.Dialect{SQL: t.dialect, OfTable: t.ofTable, IsTable: t.isTable, Compile: func(ctx context.Context, s *driverkit.Statement, check bool, _ int) error {
		text, _, err := t.sql.Written(s, []database.Key{nil})
		if err != nil {
			return err
		}
		in := t.writers
		if check {
			in = t.readers
		}
		if err := compile(ctx, in, text); err != nil {
			return driverkit.Broken("%s: %w", s.Place, err)
		}
		return nil
	}}, t.checkText())
}

// findTriggers finds out whether something may change a key beside an UPDATE that does
// not: a trigger, or what the column is generated from.
func (t *table) findTriggers(ctx context.Context) error {
	found, err := one(ctx, t.readers, `SELECT 1 FROM information_schema.triggers WHERE event_object_schema = ? AND event_object_table = ?
		AND event_manipulation = 'UPDATE' AND action_timing = 'BEFORE' LIMIT 1`, t.schema, t.name)
	t.sql.KeysMayMove = found != nil || slices.ContainsFunc(t.keys, func(key column) bool { return key.generated })
	return err
}

// checkText is the check's; empty: there is none.
func (t *table) checkText() string { return t.CheckText(t.Tuple()) }

// ofTable refuses a first statement that updates another table; what is behind a view
// nobody can tell.
func (t *table) ofTable(ctx context.Context, s *driverkit.Statement) error {
	named := s.Updates()
	if named == nil {
		if s.Names(t.name) {
			return t.updatesAlone(ctx, s)
		}
		return database.OtherTable(s.Place, "", t.schema+"."+t.name)
	}
	schema, name := t.qualified(named)
	if strings.EqualFold(schema, t.schema) && strings.EqualFold(name, t.name) {
		return nil
	}
	view, err := one(ctx, t.readers, "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ? AND table_type LIKE '%VIEW'", schema, name)
	if err != nil || view != nil {
		return err
	}
	return database.OtherTable(s.Place, schema+"."+name, t.schema+"."+t.name)
}

// updatesAlone refuses an UPDATE of several tables that assigns columns of another one than
// ours: the server counts the rows of all together, so that it could not be told which of
// ours were updated.
func (t *table) updatesAlone(ctx context.Context, s *driverkit.Statement) error {
	tables, bare := s.AssignsIn()
	for _, named := range tables {
		ours, err := t.isTable(ctx, named)
		if err != nil {
			return err
		}
		if !ours {
			return t.updatesOthers(s, strings.Join(named, "."))
		}
	}
	for _, column := range bare {
		ours, err := one(ctx, t.readers, "SELECT 1 FROM information_schema.columns WHERE table_schema = ? AND table_name = ? AND column_name = ?", t.schema, t.name, sqltext.Unquoted(column))
		if err != nil {
			return err
		}
		if ours == nil {
			return t.updatesOthers(s, "the one with column "+sqltext.Unquoted(column))
		}
	}
	if s.AssignsBeside(t.KeyColumns()) {
		return driverkit.Broken("%s: it sets columns of other rows of table %s than those whose key its WHERE names; name the key of the row that is written", s.Place, t.name)
	}
	return nil
}

func (t *table) updatesOthers(s *driverkit.Statement, other string) error {
	return driverkit.Broken("%s: it updates rows of table %s and of another one, %s, in one statement; the server counts them together, so that nobody can tell which rows of %s it has updated; write the other table in a further statement",
		s.Place, t.name, other, t.name)
}

// qualified is a name, in its parts, with the schema that it means.
func (t *table) qualified(named []string) (schema, name string) {
	schema, name = t.database, sqltext.Unquoted(named[len(named)-1])
	if len(named) > 1 {
		schema = sqltext.Unquoted(named[0])
	}
	return schema, name
}

// isTable reports whether a statement that names a table so changes rows of ours: it is
// ours, or a view that shows ours.
func (t *table) isTable(ctx context.Context, named []string) (bool, error) {
	schema, name := t.qualified(named)
	if strings.EqualFold(schema, t.schema) && strings.EqualFold(name, t.name) {
		return true, nil
	}
	view, err := one(ctx, t.readers, "SELECT view_definition FROM information_schema.views WHERE table_schema = ? AND table_name = ?", schema, name)
	return err == nil && view != nil && strings.Contains(view.Text(0), quote(t.name)), err
}
