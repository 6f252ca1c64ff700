package anytable

import (
	"fmt"
	"os"
	"strings"

	"pgregory.net/rapid"

	"db-migrate/database"
)

// drawn is a case: all that is drawn before anything runs.
type drawn struct {
	table  table
	change change
	way    way
}

func draw(t *rapid.T, d dialect) drawn {
	made := drawTable(t, d)
	one := drawn{made, drawChange(t, made), drawWay(t, made.choices())}
	if one.way.after == undo && one.change.form == inGo || one.way.after == taken && one.change.need != byMark {
		one.way.after = again
	}
	if one.change.undone = one.way.after == undo; one.change.undone {
		one.change.before = pick(t, "value before", one.change.written.kind.values)
	}
	return one
}

// String is the case as a person could repeat it.
func (d drawn) String() string {
	var text strings.Builder
	for _, statement := range d.table.statements() {
		fmt.Fprintf(&text, "%s;\n", statement)
	}
	for i := range d.table.rows {
		fmt.Fprintf(&text, "%s;\n", d.table.insert(i))
	}
	for _, statement := range d.table.late() {
		fmt.Fprintf(&text, "%s;\n", statement)
	}
	made := d.change.migration()
	if made.Statements != nil {
		fmt.Fprintf(&text, "check: %s\nmigrate: %s\n", made.Statements.Check, strings.Join(made.Statements.Migrate, "\n  then "))
	} else {
		fmt.Fprintf(&text, "Go: reads %q, writes %q, sets %q to %s (%T)\n", made.Reads, made.Writes, d.change.written.name, d.change.meaning, d.change.set)
	}
	if d.change.undone {
		fmt.Fprintf(&text, "undo: %s\n", d.change.undo().Statements.Migrate[0])
	}
	if d.change.where != "" {
		fmt.Fprintf(&text, "where: %s\n", d.change.where)
	}
	return text.String() + d.way.String()
}

// make makes the table in a place, with those of its rows that the database takes.
func (d drawn) make(t *rapid.T, place site) {
	place.do(t, d.table.statements()...)
	var inserts []string
	for i := range d.table.rows {
		inserts = append(inserts, d.table.insert(i))
	}
	if block := d.table.dialect.block; block != nil && len(inserts) > 0 {
		place.do(t, block(inserts))
	} else {
		for _, statement := range inserts {
			_, _ = place.try(statement)
		}
	}
	place.do(t, d.table.late()...)
}

// options are those of db-migrate.
func (d drawn) options(place site) database.Options {
	options := place.options
	options.Table, options.Processes = d.table.name, d.way.limits.Processes
	if d.table.dialect.option != nil {
		options.Table = d.table.dialect.option(d.table.name)
	}
	if d.table.unique {
		for _, one := range d.table.keys {
			options.Key = append(options.Key, one.name)
		}
	}
	return options
}

// folder is a folder for the case's files.
func folder(t *rapid.T) string {
	parent := ""
	if _, err := os.Stat("/dev/shm"); err == nil {
		parent = "/dev/shm"
	}
	path, err := os.MkdirTemp(parent, "anytable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) }) // a folder of the system's for temporary files
	return path
}
