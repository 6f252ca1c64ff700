package anytable

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// cqlColumn is a column of a table on Cassandra.
type cqlColumn struct {
	name   string
	kind   cqlKind
	static bool
}

func (c cqlColumn) quoted() string { return cqlQuote(c.name) }

var cqlQuote = quoted(`"`)

// cqlShape is a table without its rows. To make one takes long, so that a round makes a
// few of them, and tries many rows, migrations and ways on each.
type cqlShape struct {
	name string
	// keys are the partition's, then the clustering ones, in one direction or another each.
	keys       []cqlColumn
	partition  int
	descending []bool
	columns    []cqlColumn
	// noted: there is a table notes with the same key.
	noted bool
	// expires is the table's default TTL; 0: none.
	expires int
	// keyspaced: the table is named with its keyspace.
	keyspaced bool
}

const (
	todoColumn = "todo"
	year       = 365 * 24 * 3600
)

func drawCQLShape(t *rapid.T) cqlShape {
	names := drawNames(t, cqlNames)
	shape := cqlShape{name: cqlTableName(names[0]), partition: pick(t, "columns of the partition", []int{1, 1, 2}),
		noted: rapid.Bool().Draw(t, "notes"), expires: pick(t, "default TTL", []int{0, 0, 0, year}), keyspaced: rapid.Bool().Draw(t, "with its keyspace")}
	clustering := pick(t, "clustering columns", []int{0, 1, 1, 2})
	keys := shape.partition + clustering
	odd := rapid.IntRange(0, 39).Draw(t, "a key that is refused")
	plainKeys := rapid.Bool().Draw(t, "plain names of keys")
	for i, name := range names[1 : 1+keys] {
		if plainKeys {
			name = []string{"id", "run", "c", "d"}[i]
		}
		shape.keys = append(shape.keys, cqlColumn{name: name, kind: drawCQLKind(t, true, odd == 38)})
	}
	downwards := rapid.Bool().Draw(t, "descending")
	for i := range clustering {
		shape.descending = append(shape.descending, downwards != (odd == 39 && i > 0))
	}
	shape.drawColumns(t, names[1+keys:], clustering > 0)
	return shape
}

// drawColumns draws at least two columns that migrations in Go can read.
func (s *cqlShape) drawColumns(t *rapid.T, names []string, statics bool) {
	for i, name := range names {
		if slices.ContainsFunc(s.keys, func(key cqlColumn) bool { return key.name == name }) {
			name = "n" + name
		}
		one := cqlColumn{name: name, kind: drawCQLKind(t, i < 2, false)}
		one.static = i > 1 && statics && rapid.IntRange(0, 3).Draw(t, "static") == 3
		s.columns = append(s.columns, one)
	}
	s.columns[1].kind = s.columns[0].kind // one can be copied to the other
}

// cqlTableName is a name that tables can have.
func cqlTableName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, name)
	return "T"[:min(1, max(0, 1-len(name)))] + name[:min(len(name), 40)]
}

// drawCQLKind draws a type: one that keys can have, or an odd one that they cannot, or any.
func drawCQLKind(t *rapid.T, key, odd bool) cqlKind {
	var kinds []cqlKind
	for _, one := range cqlKinds() {
		if !key || one.noKey == odd && !one.cells {
			kinds = append(kinds, one)
		}
	}
	return pick(t, "type", kinds)
}

// plainKeys are the key's columns by their names alone.
func (s cqlShape) plainKeys() []column {
	keys := make([]column, len(s.keys))
	for i, one := range s.keys {
		keys[i].name = one.name
	}
	return keys
}

func (s cqlShape) clustering() []cqlColumn { return s.keys[s.partition:] }

func cqlList(columns []cqlColumn) string {
	names := make([]string, len(columns))
	for i, one := range columns {
		names[i] = one.quoted()
	}
	return strings.Join(names, ", ")
}

// cqlEqual is the condition that a row has a key, whose values are given.
func cqlEqual(columns []cqlColumn, values []string) string {
	return cqlPairs(columns, values, " AND ")
}

func cqlPairs(columns []cqlColumn, values []string, between string) string {
	parts := make([]string, len(columns))
	for i, one := range columns {
		parts[i] = one.quoted() + " = " + values[i]
	}
	return strings.Join(parts, between)
}

// primary is the declaration of the key, and how it is sorted.
func (s cqlShape) primary() (key, order string) {
	key = "PRIMARY KEY ((" + cqlList(s.keys[:s.partition]) + ")"
	var directions []string
	for i, one := range s.clustering() {
		key += ", " + one.quoted()
		directions = append(directions, one.quoted()+map[bool]string{false: " ASC", true: " DESC"}[s.descending[i]])
	}
	if len(directions) > 0 {
		order = " WITH CLUSTERING ORDER BY (" + strings.Join(directions, ", ") + ")"
	}
	return key + ")", order
}

// statements make the table under a name, and its notes under another.
func (s cqlShape) statements(name, notes string) []string {
	key, order := s.primary()
	var parts []string
	for _, one := range s.keys {
		parts = append(parts, one.quoted()+" "+one.kind.sql)
	}
	keys := strings.Join(parts, ", ")
	parts = append(parts, "nr int", "todo int", "seen int")
	for _, one := range s.columns {
		parts = append(parts, one.quoted()+" "+one.kind.sql+map[bool]string{true: " static"}[one.static])
	}
	options := order
	if s.expires > 0 {
		options += fmt.Sprintf("%s default_time_to_live = %d", map[bool]string{true: " WITH", false: " AND"}[order == ""], s.expires)
	}
	all := []string{fmt.Sprintf("CREATE TABLE %s (%s, %s)%s", name, strings.Join(parts, ", "), key, options)}
	if s.noted {
		all = append(all, fmt.Sprintf("CREATE TABLE %s (%s, noted text, %s)%s", notes, keys, key, order))
	}
	return all
}

// cqlRow is how the site has written a row.
type cqlRow struct {
	// keys and values are literals; a value of none is left out.
	keys, values []string
	todo         string
	how          how
	using        string
}

type how string

const (
	inserted how = "inserted"
	updated  how = "updated, so that it has no row of its own"
	bare     how = "inserted with its key alone"
	statics  how = "static columns alone"
	removed  how = "inserted and deleted"
	hollow   how = "inserted, and its values deleted"
)

func drawCQLRows(t *rapid.T, s cqlShape) []cqlRow {
	number := 0
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) cqlRow {
		number++
		return drawCQLRow(t, s, number)
	}), pick(t, "rows at least", []int{0, 0, 5, 15}), 30).Draw(t, "rows")
}

func drawCQLRow(t *rapid.T, s cqlShape, number int) cqlRow {
	var row cqlRow
	for i, one := range s.keys {
		if few := i < s.partition && len(s.clustering()) > 0; few && rapid.Bool().Draw(t, "a partition of several rows") {
			row.keys = append(row.keys, one.kind.values[0])
			continue
		}
		row.keys = append(row.keys, drawKey(t, one.kind.kind, number))
	}
	row.todo = pick(t, "todo", []string{"1", "1", "1", "0", "null", ""})
	row.how = pick(t, "how", []how{inserted, inserted, inserted, inserted, updated, bare, statics, removed, hollow})
	row.using = pick(t, "using", []string{"", "", "", "", "TTL 5000", "TTL 90000", "TTL 0", "TIMESTAMP 5", "TIMESTAMP {ahead}", "TIMESTAMP 7 AND TTL 5000"})
	ahead := strings.Contains(row.using, "{ahead}")
	if ahead && row.how == bare { // no cell would tell that it is dated ahead
		row.how = inserted
	}
	for _, one := range s.columns {
		value := ""
		if rapid.IntRange(0, 3).Draw(t, "has a value") > 0 {
			value = drawValue(t, one.kind.kind)
		}
		if ahead && (one.kind.cells || one.static || value == "NULL") {
			value = "" // a deletion of the future would hide what others write
		}
		row.values = append(row.values, value)
	}
	if ahead && row.todo == "null" {
		row.todo = "0"
	}
	return row
}

// sets are the columns and values of a row.
func (s cqlShape) sets(row cqlRow, number int) (columns []cqlColumn, values []string) {
	columns, values = []cqlColumn{{name: numberColumn}}, []string{fmt.Sprint(number)}
	if row.todo != "" {
		columns, values = append(columns, cqlColumn{name: todoColumn}), append(values, row.todo)
	}
	for i, value := range row.values {
		if value != "" {
			columns, values = append(columns, s.columns[i]), append(values, value)
		}
	}
	return columns, values
}

// write are the statements that write a row; {t} is the table.
func (s cqlShape) write(row cqlRow, number int) []string {
	using := ""
	if row.using != "" {
		using = " USING " + row.using
	}
	where := " WHERE " + cqlEqual(s.keys, row.keys)
	insert := func(columns []cqlColumn, values []string) string {
		return fmt.Sprintf("INSERT INTO {t} (%s) VALUES (%s)%s", cqlList(columns), strings.Join(values, ", "), using)
	}
	columns, values := s.sets(row, number)
	whole := insert(slices.Concat(s.keys, columns), slices.Concat(row.keys, values))
	switch row.how {
	case updated:
		return []string{"UPDATE {t}" + using + " SET " + cqlPairs(columns, values, ", ") + where}
	case bare:
		return []string{insert(s.keys, row.keys)}
	case statics:
		return s.writeStatics(row, insert)
	case removed:
		return []string{whole, "DELETE FROM {t}" + where}
	case hollow:
		return []string{whole, fmt.Sprintf("DELETE %s FROM {t}%s", s.columns[0].quoted(), where)}
	}
	return []string{whole}
}

func (s cqlShape) writeStatics(row cqlRow, insert func([]cqlColumn, []string) string) []string {
	columns, values := slices.Clone(s.keys[:s.partition]), slices.Clone(row.keys[:s.partition])
	for i, one := range s.columns {
		if one.static && row.values[i] != "" {
			columns, values = append(columns, one), append(values, row.values[i])
		}
	}
	if len(columns) == s.partition {
		return nil
	}
	return []string{insert(columns, values)}
}
