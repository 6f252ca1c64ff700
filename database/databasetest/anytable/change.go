package anytable

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"db-migrate/database"
	"db-migrate/migration"
)

// change is a migration, and what it means in SQL.
type change struct {
	table table
	// written is the column that is written, and meaning its value in SQL.
	written column
	meaning string
	// marks: rows are done that have a mark. Otherwise those are that have the value, or
	// that the ledger has.
	need need
	// form is how the migration is written.
	form form
	// set is the value of a migration in Go; copied names the column whose value it is.
	set    any
	copied string
	// refuses: the function in Go refuses rows of these numbers, modulo seven.
	refuses int64
	// notes: a second statement adds a note.
	notes bool
	// undone: it has an undo, which writes the value before.
	undone bool
	before string
	// where is the condition of the run.
	where string
}

type form string

const (
	ofSets form = "SQL of sets"
	ofRows form = "SQL of rows"
	inGo   form = "Go"
)

type need string

const (
	byMark  need = "by a mark"
	byValue need = "by its value"
	always  need = "by the ledger alone"
)

const migrationName = "any-table"

func drawChange(t *rapid.T, made table) change {
	c := change{table: made, refuses: -1}
	c.form = pick(t, "form", []form{ofSets, ofRows, inGo})
	if c.form == ofRows && !nameable(made.keys) {
		c.form = ofSets
	}
	c.need = pick(t, "need", []need{byMark, byMark, byValue, always})
	c.written = pick(t, "written column", made.columns)
	if c.form == inGo {
		c.drawGo(t)
	} else {
		c.drawSQL(t)
	}
	if rapid.IntRange(0, 5).Draw(t, "has a condition") == 5 {
		c.where = pick(t, "condition", []string{"nr % 2 = 0", c.written.quoted(made) + " IS NULL", c.written.quoted(made) + " IS NULL OR nr < 5"})
	}
	return c
}

func (c column) quoted(t table) string { return t.quote(c.name) }

// nameable reports whether parameters can have the columns' names.
func nameable(columns []column) bool {
	for _, one := range columns {
		for i, letter := range one.name {
			if letter != '_' && (letter < 'a' || letter > 'z') && (i == 0 || letter < '0' || letter > '9') {
				return false
			}
		}
	}
	return true
}

func (c *change) drawSQL(t *rapid.T) {
	var meanings []string
	for _, pattern := range c.written.kind.changes {
		meanings = append(meanings, strings.ReplaceAll(pattern, "%s", c.written.quoted(c.table)))
	}
	if c.need == byValue || len(meanings) == 0 {
		meanings = nil
	}
	for _, other := range c.table.columns {
		if other.kind.sql == c.written.kind.sql && c.need != byValue {
			meanings = append(meanings, other.quoted(c.table))
		}
	}
	meanings = append(meanings, c.written.kind.values...)
	c.meaning = pick(t, "new value", meanings)
	c.notes = rapid.IntRange(0, 4).Draw(t, "a second statement") == 4
}

func (c *change) drawGo(t *rapid.T) {
	if c.need == byValue {
		c.need = byMark
	}
	var same []column
	for _, other := range c.table.columns {
		if other.kind.sql == c.written.kind.sql {
			same = append(same, other)
		}
	}
	if given := c.written.kind.given; len(given) > 0 && rapid.Bool().Draw(t, "a given value") {
		chosen := pick(t, "given value", given)
		c.set, c.meaning = chosen.value, chosen.literal
	} else {
		other := pick(t, "copied column", same)
		c.copied, c.meaning = other.name, other.quoted(c.table)
	}
	if rapid.IntRange(0, 4).Draw(t, "refuses rows") == 4 {
		c.refuses = rapid.Int64Range(0, 6).Draw(t, "refused rows")
	}
}

// needed is the condition of rows that need the change.
func (c change) needed() string {
	switch c.need {
	case byMark:
		return markColumn + " IS NULL"
	case byValue:
		return c.table.dialect.distinct(c.written.quoted(c.table), c.meaning)
	}
	return "1 = 1"
}

// assigned is the SET of the change.
func (c change) assigned() string {
	text := c.written.quoted(c.table) + " = " + c.meaning
	if c.need == byMark {
		text += ", " + markColumn + " = 1"
	}
	return text
}

// whom is the condition of a statement's rows.
func (c change) whom() string {
	if c.form == ofSets {
		return c.table.keyTuple() + " IN (:ids)"
	}
	parts := make([]string, len(c.table.keys))
	for i, one := range c.table.keys {
		parts[i] = one.quoted(c.table) + " = :" + one.name
	}
	return strings.Join(parts, " AND ")
}

// migration is the change as db-migrate gets it.
func (c change) migration() migration.Migration {
	made := migration.Migration{Name: migrationName, Version: "1", Where: c.where}
	if c.undone {
		made.UndoneBy = migrationName + "-undo"
	}
	if c.form == inGo {
		made.Reads, made.Writes, made.Change = c.reads(), c.writes(), c.inGo
		return made
	}
	name := c.table.tableName()
	made.Statements = &database.Statements{Migrate: []string{fmt.Sprintf("UPDATE %s SET %s WHERE %s", name, c.assigned(), c.whom())}}
	if c.need != always {
		made.Statements.Check = fmt.Sprintf("SELECT %s FROM %s WHERE %s AND %s", c.table.keyList(), name, c.whom(), c.needed())
		made.Statements.Migrate[0] += " AND " + c.needed()
	}
	if c.notes {
		made.Statements.Migrate = append(made.Statements.Migrate, fmt.Sprintf("INSERT INTO notes SELECT nr FROM %s WHERE %s", name, c.whom()))
	}
	return made
}

// undo is the migration that takes the change back.
func (c change) undo() migration.Migration {
	return migration.Migration{Name: migrationName + "-undo", Version: "1", Undoes: migrationName, Statements: &database.Statements{
		Migrate: []string{fmt.Sprintf("UPDATE %s SET %s WHERE %s", c.table.tableName(), c.taken(), c.whom())}}}
}

// taken is the SET of the undo.
func (c change) taken() string {
	return c.written.quoted(c.table) + " = " + c.before + ", " + markColumn + " = NULL"
}

func (c change) reads() []string {
	reads := []string{numberColumn, markColumn}
	if c.copied != "" && c.copied != c.written.name {
		reads = append(reads, c.copied)
	}
	return reads
}

func (c change) writes() []string {
	if c.need == byMark {
		return []string{c.written.name, markColumn}
	}
	return []string{c.written.name}
}

func (c change) inGo(_ context.Context, row database.Row) (database.Change, error) {
	if c.need == byMark && !row.Null(markColumn) {
		return database.Change{PreviouslyMigrated: true}, nil
	}
	if row.Text(numberColumn) != "" && c.refused(row.Text(numberColumn)) {
		return database.Change{}, errors.New("the function refuses this row")
	}
	var made database.Change
	if c.copied != "" {
		made.Set(c.written.name, row.Value(c.copied))
	} else {
		made.Set(c.written.name, c.set)
	}
	if c.need == byMark {
		made.Set(markColumn, int64(1))
	}
	return made, nil
}

// refused reports whether the function in Go refuses a row of this number.
func (c change) refused(number string) bool {
	var at int64
	_, err := fmt.Sscan(number, &at)
	return err == nil && at%7 == c.refuses
}
