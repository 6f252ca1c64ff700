package anytable

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// column is a column of a table.
type column struct {
	name string
	kind kind
	// more is what stands behind the type: NOT NULL, DEFAULT, …
	more string
}

// table is a table with its rows, whose numbers stand in nr.
type table struct {
	dialect  dialect
	name     string
	keys     []column
	columns  []column
	features []feature
	// unique: the key is a unique one, and not the primary key.
	unique bool
	// rows are literals: of the keys, of the columns, and of the mark.
	rows [][]string
}

const (
	numberColumn = "nr"
	markColumn   = "done"
	siteColumn   = "seen" // the site alone writes it
)

// drawTable draws a table with its rows.
func drawTable(t *rapid.T, d dialect) table {
	made := table{dialect: d}
	names := drawNames(t, d.names)
	made.name, names = tableName(t, names)
	wide := pick(t, "columns of the key", []int{1, 1, 1, 2, 2, 3, 4})
	made.keys = drawColumns(t, d, names[:wide], true)
	narrow := rapid.IntRange(1, 4).Draw(t, "other columns")
	made.columns = drawColumns(t, d, names[wide:wide+narrow], false)
	made.unique = rapid.IntRange(0, 4).Draw(t, "unique key") == 4
	for _, one := range d.features {
		if (one.fits == nil || one.fits(made)) && rapid.IntRange(0, 7).Draw(t, one.name) == 7 {
			made.features = append(made.features, one)
		}
	}
	made.rows = drawRows(t, made)
	return made
}

// pick draws one of a list, the first ones being the plainest.
func pick[Item any](t *rapid.T, what string, list []Item) Item {
	return list[rapid.IntRange(0, len(list)-1).Draw(t, what)]
}

// drawNames draws different names, enough for a table.
func drawNames(t *rapid.T, all []string) []string {
	left, drawn := slices.Clone(all), make([]string, 0, 9)
	for range cap(drawn) {
		at := rapid.IntRange(0, len(left)-1).Draw(t, "name")
		drawn, left = append(drawn, left[at]), slices.Delete(left, at, at+1)
	}
	return drawn
}

// tableName is the name customers in half of all tables.
func tableName(t *rapid.T, names []string) (string, []string) {
	if rapid.Bool().Draw(t, "a name of its own") {
		return names[0], names[1:]
	}
	return "customers", names[1:]
}

func drawColumns(t *rapid.T, d dialect, names []string, key bool) []column {
	var kinds []kind
	for _, one := range d.kinds {
		if !key || !one.noKey {
			kinds = append(kinds, one)
		}
	}
	made := make([]column, len(names))
	for i, name := range names {
		at := rapid.IntRange(0, len(kinds)-1).Draw(t, "type of "+name)
		made[i] = column{name: name, kind: kinds[at]}
		if !key && !d.noDefaults && rapid.IntRange(0, 5).Draw(t, "has a default") == 5 {
			made[i].more = " DEFAULT (" + pick(t, "default of "+name, made[i].kind.values) + ")"
		}
	}
	return made
}

// drawRows draws rows; those whose keys are taken are refused by the database.
func drawRows(t *rapid.T, made table) [][]string {
	least := pick(t, "rows at least", []int{0, 0, 8, 30})
	number := 0
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []string {
		number++
		return drawRow(t, made, number)
	}), least, 60).Draw(t, "rows")
}

func drawRow(t *rapid.T, made table, number int) []string {
	var row []string
	for _, one := range made.keys {
		row = append(row, drawKey(t, one.kind, number))
	}
	for _, one := range made.columns {
		row = append(row, drawValue(t, one.kind))
	}
	if rapid.IntRange(0, 5).Draw(t, "done") == 5 {
		return append(row, "1")
	}
	return append(row, "NULL")
}

func drawKey(t *rapid.T, one kind, number int) string {
	if one.more != nil && rapid.IntRange(0, 2).Draw(t, "an odd key") == 0 {
		return one.more(number)
	}
	return pick(t, "key", one.values)
}

func drawValue(t *rapid.T, one kind) string {
	if rapid.IntRange(0, 3).Draw(t, "NULL") == 3 {
		return "NULL"
	}
	return pick(t, "value", one.values)
}

// choices are the ways to run it.
func (t table) choices() choices {
	ways := choices{rows: len(t.rows), extents: []string{"whole", "whole", "part", "file"}, afters: []after{nothing, again, reset, taken, undo}}
	if !t.dialect.quiet {
		ways.whats = []what{siteWrites, siteRespells, killBefore, killAfter, freeze, cancel}
	}
	return ways
}

func (t table) quote(name string) string { return t.dialect.quote(name) }
func (t table) tableName() string        { return t.quote(t.name) }

func (t table) names(columns []column) []string {
	names := make([]string, len(columns))
	for i, one := range columns {
		names[i] = t.quote(one.name)
	}
	return names
}

func (t table) keyList() string { return strings.Join(t.names(t.keys), ", ") }

// keyTuple is the key in SQL, in brackets if it has several columns.
func (t table) keyTuple() string {
	if len(t.keys) == 1 {
		return t.keyList()
	}
	return "(" + t.keyList() + ")"
}

// statements make the table, without its rows.
func (t table) statements() []string {
	var parts []string
	for _, one := range t.keys {
		parts = append(parts, t.quote(one.name)+" "+one.kind.sql+" NOT NULL")
	}
	parts = append(parts, numberColumn+" "+t.dialect.numbers+" NOT NULL", markColumn+" "+t.dialect.numbers, siteColumn+" "+t.dialect.numbers+" DEFAULT 0")
	for _, one := range t.columns {
		parts = append(parts, t.quote(one.name)+" "+one.kind.sql+one.more)
	}
	kind := "PRIMARY KEY"
	if t.unique {
		kind = "UNIQUE"
	}
	parts = append(parts, fmt.Sprintf("%s (%s)", kind, t.keyList()))
	suffix := ""
	var behind []string
	for _, one := range t.features {
		suffix += t.fill(one.suffix)
		behind = append(behind, one.statements...)
	}
	create := fmt.Sprintf("CREATE TABLE %s (%s)%s", t.tableName(), strings.Join(parts, ", "), suffix)
	all := []string{create, "CREATE TABLE notes (nr " + t.dialect.numbers + ")", "CREATE TABLE audit (nr " + t.dialect.numbers + ")"}
	for _, statement := range behind {
		all = append(all, t.fill(statement))
	}
	return all
}

// late are the statements after the rows.
func (t table) late() []string {
	var all []string
	for _, one := range t.features {
		for _, statement := range one.late {
			all = append(all, t.fill(statement))
		}
	}
	return all
}

// fill puts the table's names into a feature's statement.
func (t table) fill(statement string) string {
	return strings.NewReplacer("{t}", t.tableName(), "{keys}", t.keyList(), "{nr}", numberColumn, "{done}", markColumn,
		"{firstkey}", t.quote(t.keys[0].name), "{first}", t.quote(t.columns[0].name)).Replace(statement)
}

// insert is the statement for a row.
func (t table) insert(number int) string {
	row := t.rows[number]
	names := append(t.names(t.keys), t.names(t.columns)...)
	return fmt.Sprintf("INSERT INTO %s (%s, %s, %s) VALUES (%s, %d)", t.tableName(), strings.Join(names, ", "), markColumn, numberColumn,
		strings.Join(row, ", "), number)
}

// has reports whether the table has a feature.
func (t table) has(name string) bool {
	for _, one := range t.features {
		if one.name == name {
			return true
		}
	}
	return false
}
