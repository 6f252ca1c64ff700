package anytable

import (
	"database/sql"
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"db-migrate/database"
)

// kind is a type of a column.
type kind struct {
	// sql is the type as CREATE TABLE has it, with its collation.
	sql string
	// values are literals of it, the odd ones first.
	values []string
	// more is the literal of one value of many; nil: there are no others.
	more func(number int) string
	// changes are expressions of the type, made of a column (%s) of it.
	changes []string
	// bytes: a person writes a key of it as \x and hexadecimal digits.
	bytes bool
	// noKey: the type has no order of its own, or no index.
	noKey bool
	// given are values of Go with the literals that they mean.
	given []given
}

// given is a value that a migration in Go sets, and what it means in SQL.
type given struct {
	value   any
	literal string
}

// feature is a property that a table may have beside its columns.
type feature struct {
	name string
	// statements come behind CREATE TABLE and before the rows, late ones after them.
	// {t} is the table, {nr} the row's number, {done} the mark, {keys} the key.
	statements, late []string
	// suffix ends CREATE TABLE.
	suffix string
	// fits reports whether a table can have it; nil: each can.
	fits func(t table) bool
}

// dialect is a database with its own SQL.
type dialect struct {
	driver  string
	kinds   []kind
	numbers string // the type of numbers of rows and of marks
	// prelude makes what kinds and features name, once for all tables.
	prelude  []string
	features []feature
	quote    func(name string) string
	// option is a name as connection/table and connection/key have it; nil: as it is.
	option func(name string) string
	// distinct is a condition: the values differ, NULL being one of them.
	distinct func(one, other string) string
	// text is a key's column, of a kind, as a person would write its value.
	text func(column string, of kind) string
	// dump is a column as a text that tells all values apart.
	dump func(column string) string
	// setUp makes the prelude, and returns how it is removed; nil: there is none.
	setUp func(prelude []string) (remove func() error, err error)
	// place makes an empty place for a table: of all that exist at once each has a slot.
	place func(t *rapid.T, slot int) site
	// block is one statement that runs many, and passes over those that fail; nil: they
	// are run one by one.
	block func(statements []string) string
	// names are those that tables and columns have, the plain ones first.
	names []string
	// noDefaults: a default is refused that is not a value of its column.
	noDefaults bool
	// quiet: nothing disturbs its runs.
	quiet bool
}

// site is a place with its table, as the site sees it.
type site struct {
	driver  string
	db      *sql.DB
	options database.Options
}

// do runs statements of the site's, and fails the case if one fails.
func (s site) do(t *rapid.T, statements ...string) {
	for _, statement := range statements {
		if _, err := s.db.Exec(statement); err != nil {
			t.Fatalf("the site's own statement fails: %s: %v", statement, err)
		}
	}
}

// try runs a statement, and reports how many rows it has found; an error is the row's.
func (s site) try(statement string) (int64, error) {
	result, err := s.db.Exec(statement)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// rows are what a query returns, each row as one text.
func (s site) rows(t *rapid.T, query string) []string {
	found, err := s.db.Query(query)
	if err != nil {
		t.Fatalf("the site's own query fails: %s: %v", query, err)
	}
	defer found.Close()
	columns, _ := found.Columns()
	values := make([]sql.NullString, len(columns))
	pointers := make([]any, len(columns))
	for i := range values {
		pointers[i] = &values[i]
	}
	var rows []string
	for found.Next() {
		if err := found.Scan(pointers...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		parts := make([]string, len(values))
		for i, value := range values {
			if parts[i] = value.String; !value.Valid {
				parts[i] = "NULL"
			}
		}
		rows = append(rows, strings.Join(parts, " | "))
	}
	if err := found.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows
}

// quoted quotes a name with a mark that is doubled in it.
func quoted(mark string) func(string) string {
	return func(name string) string { return mark + strings.ReplaceAll(name, mark, mark+mark) + mark }
}

// numbered are literals by a format.
func numbered(format string) func(int) string {
	return func(number int) string { return fmt.Sprintf(format, number) }
}

// closeNumbers are whole numbers of which all are equal as floating-point numbers.
func closeNumbers(number int) string { return fmt.Sprintf("1500000000000000%03d", number) }
