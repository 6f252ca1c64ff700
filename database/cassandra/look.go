package cassandra

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// look is the query that reports whether what a statement has written shows: nothing
// else does. A write that is dated before what it should replace, or before a
// deletion, is lost without a word.
type look struct {
	text       string
	parameters []int
	columns    []looked
	// width is how many columns the query selects.
	width int
	// rows: there must be a row then; noRows: there must be none.
	rows, noRows bool
}

// looked is a column whose WRITETIME the query selects.
type looked struct {
	// null: it is to be null.
	null, cells bool
}

// sight is what a look has seen. Nothing newer (0) in the way of what does not
// show: a deletion hides it.
type sight struct {
	shows  bool
	newest int64
}

// prepareLook makes the look at what a statement has written.
func (t *table) prepareLook(ctx context.Context, s *statement) (*look, error) {
	made, selected := &look{}, []string{}
	add := func(name string, its looked) {
		if text := "WRITETIME(" + quote(name) + ")"; !its.cells || t.prepares(ctx, "SELECT "+text+" FROM "+s.table()) { // of collections since 5.0
			selected, made.columns = append(selected, text), append(made.columns, its)
		}
	}
	made.noRows = s.effect.verb == "DELETE" && len(s.effect.assignments) == 0
	made.rows = s.effect.verb == "INSERT"
	for _, name := range slices.Sorted(maps.Keys(s.columns)) {
		column := s.columns[name]
		if made.noRows && !column.key() && column.part != "static" && !column.cells() {
			add(name, looked{null: true})
		}
	}
	for _, one := range s.effect.assignments {
		column := s.columns[one.column]
		its := looked{null: s.effect.literal(one.value) == "null", cells: column.cells()}
		if column.key() || its.cells && !one.leavesCells() {
			continue
		}
		made.rows = made.rows || !its.null
		add(one.column, its)
	}
	where, err := s.found()
	if err != nil {
		return nil, driverkit.Broken("%s: %w", s.place, err)
	}
	return made, t.finishLook(ctx, s, made, selected, where)
}

// finishLook puts the query together, and lets the server prepare it.
func (t *table) finishLook(ctx context.Context, s *statement, made *look, selected []string, where tokens) error {
	if len(made.columns) == 0 {
		selected = []string{quote(s.keyColumn("partition_key"))}
	}
	if key := s.keyColumn("clustering"); s.effect.verb == "INSERT" && s.staticAlone() && s.assigns(key) {
		selected = append(selected, quote(key)) // of static columns alone no row can be asked for
	}
	made.width = len(selected)
	condition, parameters := s.textOf(where)
	made.text = "SELECT " + strings.Join(selected, ", ") + " FROM " + s.table() + " WHERE " + condition
	if s.effect.verb == "UPDATE" && s.staticOnly() {
		made.text += " PER PARTITION LIMIT 1"
	}
	for _, name := range parameters {
		made.parameters = append(made.parameters, max(0, slices.Index(t.KeyColumns(), name)))
	}
	return t.try(ctx, &statement{place: s.place + ": the look at what it has written", text: made.text, parameters: made.parameters})
}

// leavesCells reports whether a collection has cells after its assignment that were
// written by it: what is taken out of it, or empty, has none.
func (a assignment) leavesCells() bool {
	if a.element {
		return len(a.value) > 0 && (len(a.value) > 1 || !a.value[0].Is("null"))
	}
	return !a.takes && len(a.value) > 2 // more than brackets
}

func (s *statement) table() string {
	if s.effect.keyspace == "" {
		return quote(s.effect.table)
	}
	return quote(s.effect.keyspace) + "." + quote(s.effect.table)
}

// keyColumn is the first of the key's columns of a part; empty: there is none.
func (s *statement) keyColumn(part string) string {
	for _, name := range slices.Sorted(maps.Keys(s.columns)) {
		if s.columns[name].part == part {
			return name
		}
	}
	return ""
}

func (s *statement) assigns(column string) bool {
	return slices.ContainsFunc(s.effect.assignments, func(one assignment) bool { return one.column == column })
}

func (s *statement) staticOnly() bool {
	return !slices.ContainsFunc(s.effect.assignments, func(one assignment) bool { return s.columns[one.column].part != "static" })
}

// found is the condition that finds what the statement writes.
func (s *statement) found() (tokens, error) {
	if s.effect.verb != "INSERT" {
		return s.effect.where, nil
	}
	var where tokens
	given := 0
	for _, one := range s.effect.assignments {
		if !s.columns[one.column].key() {
			continue
		}
		if given++; given > 1 {
			where = append(where, sqltext.Token{Text: "AND", Part: -1})
		}
		where = append(where, sqltext.Token{Text: quote(one.column), Part: -1}, sqltext.Token{Text: "=", Part: -1})
		where = append(where, one.value...)
	}
	if given == 0 {
		return nil, errors.New("it names no key column of the table that it inserts into")
	}
	return where, nil
}

// textOf is what tokens were written as, and the parameters among them.
func (s *statement) textOf(list tokens) (string, []string) {
	var text strings.Builder
	var parameters []string
	for i, token := range list {
		if isParameter := token.Text[0] == ':' && len(token.Text) > 1; isParameter {
			parameters = append(parameters, token.Text[1:])
			text.WriteString(" ? ")
			continue
		}
		if i > 0 && (list[i-1].Part != token.Part || token.Part < 0 || list[i-1].End != token.Start) {
			text.WriteByte(' ')
		}
		text.WriteString(token.Text)
	}
	return text.String(), parameters
}

// prepares reports whether the server takes a query.
func (t *table) prepares(ctx context.Context, text string) bool {
	return t.try(ctx, &statement{text: text}) == nil
}

// see looks at the rows that a statement writes.
func (t *table) see(ctx context.Context, s *statement, one *work) ([][]raw, error) {
	var rows [][]raw
	values := make([]any, len(s.look.parameters))
	for i, place := range s.look.parameters {
		values[i] = one.key[place]
	}
	err := t.query(ctx, s.look.text, values, s.look.width, 0, func(values []raw) error {
		rows = append(rows, values)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s, the look at what it has written: %w", s.place, err)
	}
	return rows, nil
}

// judge reports whether what is dated at shows in all of the rows; at 0: a condition's
// write, which dates itself, and shows by another date than before.
func (l *look) judge(rows, before [][]raw, at int64) sight {
	if len(rows) == 0 {
		return sight{shows: !l.rows}
	}
	found := sight{shows: !l.noRows}
	for i, row := range rows {
		for j, column := range l.columns {
			dates := datesOf(row[j], column.cells)
			newest := int64(0)
			if len(dates) > 0 {
				newest = slices.Max(dates)
			}
			shows := column.null && len(dates) == 0 || !column.null && slices.Contains(dates, at)
			if at == 0 && !column.null {
				shows = len(dates) > 0 && (i >= len(before) || !same(row[j], before[i][j]))
			}
			if shows && !l.noRows {
				continue
			}
			found.shows = false
			if newest > at {
				found.newest = max(found.newest, newest)
			}
		}
	}
	return found
}

// datesOf are the dates of a value's cells.
func datesOf(value raw, cells bool) []int64 {
	if !cells {
		if len(value) != 8 {
			return nil
		}
		return []int64{int64(binary.BigEndian.Uint64(value))}
	}
	var dates []int64
	for at := 4; at+4 <= len(value); { // a list: how many, then each with its length
		length := int(int32(binary.BigEndian.Uint32(value[at:])))
		if at += 4; length == 8 && at+8 <= len(value) {
			dates = append(dates, int64(binary.BigEndian.Uint64(value[at:])))
		}
		at += max(0, length)
	}
	return dates
}

// declared is a column of any table as it was declared.
type declared struct {
	name, kind string
	// part is partition_key, clustering, static or regular.
	part string
}

func (d declared) key() bool     { return d.part == "partition_key" || d.part == "clustering" }
func (d declared) list() bool    { return strings.HasPrefix(d.kind, "list<") }
func (d declared) counter() bool { return d.kind == "counter" }

func (d declared) text() bool {
	return d.kind == "text" || d.kind == "varchar" || d.kind == "ascii"
}

// cells reports whether a value has several cells, each with a date of its own.
func (d declared) cells() bool {
	for _, kind := range []string{"list<", "set<", "map<"} {
		if strings.HasPrefix(d.kind, kind) {
			return true
		}
	}
	return d.ownType()
}

// plainKinds are the server's own types of one cell, without those in <>.
const plainKinds = " ascii bigint blob boolean counter date decimal double duration float inet int smallint text time timestamp timeuuid tinyint uuid varchar varint "

// ownType: a type of the site's own, which is not frozen.
func (d declared) ownType() bool {
	return !strings.Contains(d.kind, "<") && !strings.HasPrefix(d.kind, "'") && !strings.Contains(plainKinds, " "+d.kind+" ")
}

// declaredColumns are the columns of a table by their names.
func (c *connection) declaredColumns(ctx context.Context, keyspace, table string) (map[string]declared, error) {
	if keyspace == "" {
		keyspace = c.address.keyspace
	}
	rows := c.session.Query("SELECT column_name, type, kind FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?", keyspace, table).IterContext(ctx)
	found := map[string]declared{}
	var one declared
	for rows.Scan(&one.name, &one.kind, &one.part) {
		found[one.name] = one
	}
	return found, rows.Close()
}
