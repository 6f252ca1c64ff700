package anytable

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"db-migrate/database"
	"db-migrate/migration"
)

// cqlChange is a migration on Cassandra.
type cqlChange struct {
	shape cqlShape
	// inGo: it is written in Go; else check and statements are its CQL, with {t} for the
	// table and {notes} for its notes.
	inGo       bool
	check      string
	statements []cqlStatement
	// marked: it changes rows of todo = 1 only, and makes that 0.
	marked bool
	// deletes: its first statement deletes rows.
	deletes bool
	// written is what it writes; a migration in Go copies it from a column of that name,
	// or sets it to a value. refuses: it refuses rows of these numbers, modulo seven.
	written, copied cqlColumn
	value           given
	refuses         int64
}

// cqlStatement is a statement, and the columns that it writes.
type cqlStatement struct {
	text    string
	touches []string
}

func (s cqlStatement) conditional() bool { return strings.Contains(s.text, " IF ") }

func drawCQLChange(t *rapid.T, shape cqlShape) cqlChange {
	c := cqlChange{shape: shape, refuses: -1, written: pick(t, "written column", shape.columns)}
	c.inGo = rapid.IntRange(0, 2).Draw(t, "in Go") == 2
	if len(shape.keys) > 1 && !nameable(shape.plainKeys()) && rapid.IntRange(0, 9).Draw(t, "parameters of odd names") < 9 {
		c.inGo = true
	}
	c.marked = rapid.IntRange(0, 3).Draw(t, "marked") > 0
	if c.inGo {
		c.drawGo(t)
	} else {
		c.drawCQL(t)
	}
	return c
}

// drawGo draws mostly what is not refused.
func (c *cqlChange) drawGo(t *rapid.T) {
	if (c.written.kind.unread || c.written.static) && rapid.IntRange(0, 9).Draw(t, "unreadable") < 9 {
		c.written = c.shape.columns[rapid.IntRange(0, 1).Draw(t, "readable")]
	}
	var same []cqlColumn
	for _, other := range append(c.shape.columns, c.shape.keys...) {
		if other.kind.sql == c.written.kind.sql && !other.static {
			same = append(same, other)
		}
	}
	if given := c.written.kind.given; len(given) > 0 && rapid.Bool().Draw(t, "a given value") || len(same) == 0 {
		c.value = pick(t, "given value", append(given, c.null()))
	} else {
		c.copied = pick(t, "copied column", same)
	}
	if rapid.IntRange(0, 4).Draw(t, "refuses rows") == 4 {
		c.refuses = rapid.Int64Range(0, 6).Draw(t, "refused rows")
	}
}

func (c *cqlChange) null() given { return given{nil, "null"} }

// drawCQL draws a check and statements.
func (c *cqlChange) drawCQL(t *rapid.T) {
	who := c.who()
	where := " WHERE " + who
	ifs := ""
	if c.marked {
		c.check = "SELECT " + cqlList(c.shape.keys) + " FROM {t}" + where + " AND todo = 1 ALLOW FILTERING"
		switch pick(t, "need", []string{"check", "check", "both", "condition", "wide check"}) {
		case "both":
			ifs = " IF todo = 1"
		case "condition":
			ifs, c.check = " IF todo = 1", ""
		case "wide check":
			ifs, c.check = " IF todo = 1", "SELECT "+cqlList(c.shape.keys)+" FROM {t}"+where+" AND nr >= 3 ALLOW FILTERING"
		}
	}
	first := c.first(t, where, ifs)
	c.statements = []cqlStatement{{first, c.touched(first)}}
	c.drawSecond(t, where)
}

// touched are the columns that the first statement writes.
func (c *cqlChange) touched(first string) []string {
	touched := []string{c.written.name}
	if before, _, _ := strings.Cut(first, " WHERE "); strings.Contains(before, todoColumn) {
		touched = append(touched, todoColumn)
	}
	if c.deletes {
		touched = []string{numberColumn, todoColumn, siteColumn}
		for _, one := range c.shape.columns {
			if !one.static {
				touched = append(touched, one.name)
			}
		}
	}
	return touched
}

// who is the condition that names the row by its parameters.
func (c *cqlChange) who() string { return cqlEqual(c.shape.keys, c.parameters()) }

// parameters are the places for the values of the key.
func (c *cqlChange) parameters() []string {
	parameters := make([]string, len(c.shape.keys))
	for i := range parameters {
		parameters[i] = fmt.Sprintf("{key%d}", i)
	}
	return parameters
}

// named puts parameters in their places, by the names of the key's columns.
func (c *cqlChange) named(text string) string {
	for i, place := range c.parameters() {
		name := c.shape.keys[i].name
		if len(c.shape.keys) == 1 && !nameable(c.shape.plainKeys()) {
			name = "id"
		}
		text = strings.ReplaceAll(text, place, ":"+name)
	}
	return text
}

var cqlPlaces = regexp.MustCompile(`\{key([0-9])\}`)

// bound puts marks in the places of parameters, whose values are a row's.
func bound(text string, key []rawCQL) (string, []any) {
	var values []any
	for _, found := range cqlPlaces.FindAllStringSubmatch(text, -1) {
		values = append(values, key[found[1][0]-'0'])
	}
	return cqlPlaces.ReplaceAllString(text, "?"), values
}

// first draws the first statement.
func (c *cqlChange) first(t *rapid.T, where, ifs string) string {
	using := pick(t, "using", []string{"", "", "", "", "", " USING TTL 90000", " USING TTL 0"})
	switch verb := pick(t, "verb", []string{"update", "update", "update", "insert", "delete values", "delete rows", "wrong"}); {
	case verb == "insert" && ifs == "" && !c.written.kind.cells:
		return c.insert(t, using)
	case verb == "delete values":
		if c.marked {
			return "DELETE " + c.written.quoted() + ", todo FROM {t}" + where + ifs
		}
		return "DELETE " + c.written.quoted() + " FROM {t}" + where + ifs
	case verb == "delete rows":
		c.deletes = true
		return "DELETE FROM {t}" + where + ifs
	case verb == "wrong" && rapid.IntRange(0, 2).Draw(t, "really") == 2:
		return c.wrong(t, where)
	}
	set := c.assignment(t)
	if c.marked {
		set += ", todo = 0"
	}
	return "UPDATE {t}" + using + " SET " + set + where + ifs
}

func (c *cqlChange) insert(t *rapid.T, using string) string {
	columns, values := cqlList(c.shape.keys)+", "+c.written.quoted(), strings.Join(c.parameters(), ", ")+", "+c.constant(t)
	if c.marked {
		columns, values = columns+", todo", values+", 0"
	}
	return "INSERT INTO {t} (" + columns + ") VALUES (" + values + ")" + using
}

// wrong draws a statement that is refused.
func (c *cqlChange) wrong(t *rapid.T, where string) string {
	set := c.written.quoted() + " = " + c.constant(t)
	switch pick(t, "what is wrong", []string{"timestamp", "key", "set", "list", "parameter"}) {
	case "timestamp":
		return "UPDATE {t} USING TIMESTAMP 5 SET " + set + where
	case "set":
		return "UPDATE {t} SET " + set + " WHERE " + c.shape.keys[0].quoted() + " IN (:ids)"
	case "list":
		if strings.HasPrefix(c.written.kind.sql, "list<") {
			return "UPDATE {t} SET " + c.written.quoted() + " = " + c.written.quoted() + " + ['z']" + where
		}
	case "parameter":
		return "UPDATE {t} SET " + set + " WHERE " + c.shape.keys[0].quoted() + " = ?"
	}
	return "UPDATE {t} SET " + set + " WHERE " + cqlEqual(c.shape.keys[:1], c.parameters()[:1])
}

// constant draws a value. One that changes a static column for each row of a partition
// would come to whichever row is written last.
func (c *cqlChange) constant(t *rapid.T) string {
	values := append([]string{"null"}, c.written.kind.values...)
	for i, key := range c.shape.keys {
		if key.kind.sql == c.written.kind.sql && !c.written.static {
			values = append(values, c.parameters()[i])
		}
	}
	return pick(t, "new value", values)
}

func (c *cqlChange) assignment(t *rapid.T) string {
	if changes := c.written.kind.changes; len(changes) > 0 && rapid.Bool().Draw(t, "a change of the old value") {
		return strings.ReplaceAll(pick(t, "change", changes), "%s", c.written.quoted())
	}
	return c.written.quoted() + " = " + c.constant(t)
}

// drawSecond draws a second statement now and then.
func (c *cqlChange) drawSecond(t *rapid.T, where string) {
	switch pick(t, "second statement", []string{"", "", "notes", "table"}) {
	case "notes":
		if c.shape.noted {
			text := "INSERT INTO {notes} (" + cqlList(c.shape.keys) + ", noted) VALUES (" + strings.Join(c.parameters(), ", ") + ", 'yes')"
			c.statements = append(c.statements, cqlStatement{text: text})
		}
	case "table":
		other := pick(t, "second column", c.shape.columns)
		if !c.deletes && (other.name != c.written.name || rapid.IntRange(0, 9).Draw(t, "the same column") == 9) {
			text := "UPDATE {t} SET " + other.quoted() + " = " + pick(t, "second value", other.kind.values) + where
			c.statements = append(c.statements, cqlStatement{text, []string{other.name}})
		}
	}
}

const cqlMigrationName = "any-table"

// migration is the change as db-migrate gets it.
func (c cqlChange) migration(table, notes string) migration.Migration {
	made := migration.Migration{Name: cqlMigrationName, Version: "1"}
	if c.inGo {
		made.Reads, made.Writes, made.Change = c.reads(), c.writes(), c.change
		return made
	}
	made.Statements = &database.Statements{Check: cqlFill(c.named(c.check), table, notes)}
	for _, one := range c.statements {
		made.Statements.Migrate = append(made.Statements.Migrate, cqlFill(c.named(one.text), table, notes))
	}
	return made
}

func cqlFill(text, table, notes string) string {
	return strings.NewReplacer("{t}", table, "{notes}", notes).Replace(text)
}

func (c cqlChange) reads() []string {
	reads := []string{numberColumn, todoColumn}
	if c.copied.name != "" && c.copied.name != c.written.name {
		reads = append(reads, c.copied.name)
	}
	return reads
}

func (c cqlChange) writes() []string {
	if c.marked {
		return []string{c.written.name, todoColumn}
	}
	return []string{c.written.name}
}

// change is the migration in Go.
func (c cqlChange) change(_ context.Context, row database.Row) (database.Change, error) {
	if c.marked && row.Text(todoColumn) != "1" {
		return database.Change{PreviouslyMigrated: true}, nil
	}
	if number := row.Text(numberColumn); number != "" && c.refused(number) {
		return database.Change{}, errors.New("the function refuses this row")
	}
	var made database.Change
	if c.copied.name != "" {
		made.Set(c.written.name, row.Value(c.copied.name))
	} else {
		made.Set(c.written.name, c.value.value)
	}
	if c.marked {
		made.Set(todoColumn, int64(0))
	}
	return made, nil
}

// refused reports whether the function in Go refuses a row of this number.
func (c cqlChange) refused(number string) bool {
	at, err := strconv.ParseInt(number, 10, 64)
	return err == nil && at%7 == c.refuses
}

// String is the change as a person could repeat it.
func (c cqlChange) String() string {
	if !c.inGo {
		text := "check: " + c.named(c.check) + "\n"
		for _, one := range c.statements {
			text += "migrate: " + c.named(one.text) + "\n"
		}
		return text
	}
	meaning := fmt.Sprintf("%#v (%s)", c.value.value, c.value.literal)
	if c.copied.name != "" {
		meaning = "the value of " + c.copied.name
	}
	return fmt.Sprintf("Go: reads %q, writes %q, sets %q to %s, refuses %d mod 7\n", c.reads(), c.writes(), c.written.name, meaning, c.refuses)
}
