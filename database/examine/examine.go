// Package examine has what the drivers' examinations of a live table have in
// common: what is worth a notice, and how it is said.
package examine

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"db-migrate/database"
)

// SampleKeys is how many keys are read to make up examples of the statements,
// and SetSize how many of them a set has.
const (
	SampleKeys = 100
	SetSize    = 10
)

// Set is the customers of an example. On a table of a few rows every plan reads
// all of them, so that a set of one tells more.
func Set(keys []database.Key) []database.Key {
	if len(keys) < SampleKeys {
		return keys[:min(1, len(keys))]
	}
	return keys[:SetSize]
}

// Nobody says why there are no plans: no customer was found to try them with.
func Nobody(where string) database.Notice {
	if where == "" {
		return Notice("the table is empty, so that the database's plans say nothing, and are not shown")
	}
	return Notice("customer-scanner/where is true of none of the first rows, so that the database's plans say nothing, and are not shown")
}

// longest bounds what is shown: it travels through Temporal.
const (
	longestText = 2000
	longestLine = 300
	mostLines   = 16
)

// Statement is a statement with its plan, cut to what can be shown.
func Statement(name, text string, plan []string) database.ExaminedStatement {
	lines := make([]string, min(len(plan), mostLines))
	for i := range lines {
		lines[i] = cut(plan[i], longestLine)
	}
	if more := len(plan) - len(lines); more > 0 { // a plan of many partitions
		lines = append(lines, fmt.Sprintf("… %d more lines", more))
	}
	return database.ExaminedStatement{Name: name, Text: cut(strings.TrimSpace(text), longestText), Plan: lines}
}

func cut(text string, length int) string {
	if runes := []rune(text); len(runes) > length {
		return string(runes[:length-1]) + "…"
	}
	return text
}

// Notice is a notice of ordinary weight.
func Notice(format string, arguments ...any) database.Notice {
	return database.Notice{Text: fmt.Sprintf(format, arguments...)}
}

// Loud is a notice that nobody should overlook.
func Loud(format string, arguments ...any) database.Notice {
	return database.Notice{Loud: true, Text: fmt.Sprintf(format, arguments...)}
}

// FullScan says that a statement reads a whole table each time.
func FullScan(statement, table, line string) database.Notice {
	return Loud("FULL SCAN: %s reads ALL of table %s each time it runs, since it cannot use an index; compare bare columns with its parameters. The plan says: %s",
		statement, table, cut(strings.TrimSpace(line), longestLine))
}

// NoIndex says that a statement reads a whole table that holds some of the rows, since that
// has no index on the key.
func NoIndex(statement, table, key string) database.Notice {
	return Loud("FULL SCAN: %s reads ALL of table %s each time it runs, since that has no index on the key (%s); make one: it holds rows of the migrated table, whose own index does not know them", statement, table, key)
}

// ManyRows is from how many rows on a statement for a few customers reads too much.
const ManyRows = 1000

// OtherIndex says that a statement finds customers by another index than the
// key's, or by a part of it: loudly, if these are many.
func OtherIndex(statement, table, index string, rows float64) database.Notice {
	if rows < ManyRows {
		return Notice("%s finds rows of table %s by index %s, and not by the key", statement, table, index)
	}
	return Loud("NOT BY THE KEY: %s reads about %s rows of table %s each time it runs, by index %s; compare the bare key columns with its parameters",
		statement, humanize.Comma(int64(rows)), table, index)
}

// Trigger is a trigger on the customers' table that updates fire.
type Trigger struct {
	Name string
	// When is BEFORE or AFTER, with further words of the database's own.
	When string
	// Columns are those whose update fires it; none: any.
	Columns []string
	// Does says what it runs; empty: unknown.
	Does string
}

// Notice reports whether the trigger fires when these columns are written. Nil
// columns are unknown.
func (t Trigger) Notice(written []string) (database.Notice, bool) {
	if len(t.Columns) > 0 && written != nil && !Common(t.Columns, written) {
		return database.Notice{}, false
	}
	text := fmt.Sprintf("trigger %s fires for every migrated row (%s UPDATE", t.Name, t.When)
	if len(t.Columns) > 0 {
		text += " OF " + strings.Join(t.Columns, ", ")
	}
	text += ")"
	if t.Does != "" {
		text += ": " + t.Does
	}
	return database.Notice{Text: text}, true
}

// Common reports whether two lists of columns have one in common.
func Common(some, others []string) bool {
	return slices.ContainsFunc(some, func(name string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return strings.EqualFold(name, other) })
	})
}

var changeTime = regexp.MustCompile(`(?i)^((date_?)?(last_?)?(updated|modified|changed)(_?(at|on|time|date|ts))?|(last_?)?(update|modification|change)_?(time|date|ts)|mtime)$`)

// ChangeTime makes a notice of a column that seems to say when a row was changed
// last, if the migration leaves it as it is.
func ChangeTime(column string, written []string) (database.Notice, bool) {
	if !changeTime.MatchString(column) || Common([]string{column}, written) {
		return database.Notice{}, false
	}
	return Notice("column %s is not written by the migration: unless a trigger sets it, whoever finds changed rows by it (an export, a search index) will not see the migrated ones", column), true
}

// Generated says that a column is computed anew.
func Generated(column, expression string) database.Notice {
	return Notice("column %s is generated, and computed again for every migrated row: %s", column, cut(expression, longestLine))
}

// Index says that an index covers a written column.
func Index(name string, columns []string) database.Notice {
	return Notice("index %s on %s: every migrated row is entered into it anew", name, strings.Join(columns, ", "))
}

// ForeignKeyFrom says that a written column refers to another table.
func ForeignKeyFrom(name string, columns []string, table string) database.Notice {
	return Notice("foreign key %s: a new value of %s must be in table %s, which is looked up and locked for every migrated row", name, strings.Join(columns, ", "), table)
}

// ForeignKeyTo says that another table refers to a written column.
func ForeignKeyTo(name, table string, columns []string) database.Notice {
	return Notice("foreign key %s: table %s refers to %s, so that its rows are looked at, and perhaps changed, for every migrated row", name, table, strings.Join(columns, ", "))
}

// Unseen says that something could not be looked at.
func Unseen(what string, err error) database.Notice {
	return Notice("%s could not be looked at: %v", what, err)
}

// Check runs the plan's check for a few customers, which only reads: a check that
// cannot be run is a problem, and one that takes too long a notice.
func Check(ctx context.Context, table database.Migrate, keys []database.Key) (notices []database.Notice, problems []string, err error) {
	if _, err = table.Check(ctx, keys); err == nil || ctx.Err() != nil {
		return nil, nil, err
	}
	switch database.ClassOf(err) {
	case database.Broken:
		return nil, []string{err.Error()}, nil
	case database.Contention:
		return []database.Notice{Loud("the check of %d rows TOOK TOO LONG, and was given up: %v", len(keys), err)}, nil, nil
	case database.Own:
		return []database.Notice{Notice("the check of the first %d rows fails for one of them: %v", len(keys), err)}, nil, nil
	}
	return nil, nil, err
}
