package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// table is the customers' table as one migration sees it.
type table struct {
	*connection
	*books.Books
	plan database.Plan
	name string
	keys []keyColumn
	// columns are those that are read: of the plan, after the key.
	columns       []column
	ledger        string
	ledgerColumns books.LedgerColumns
	// sets are the plan's statements, taken apart.
	check   *statement
	migrate []*statement
}

// column is a column of the customers' table.
type column struct {
	name     string
	declared string
	primary  int
	notNull  bool
}

// text tells whether the column has text affinity: its values are text, blobs or
// null, so that their types need no comparing.
func (c column) text() bool {
	declared := strings.ToUpper(c.declared)
	return !strings.Contains(declared, "INT") &&
		(strings.Contains(declared, "CHAR") || strings.Contains(declared, "CLOB") || strings.Contains(declared, "TEXT"))
}

// Prepare holds the plan against the live table.
func (c *connection) Prepare(ctx context.Context, plan database.Plan) (database.Table, error) {
	name, err := c.tableName(ctx, c.options.Table)
	if err != nil {
		return nil, err
	}
	columns, err := c.columnsOf(ctx, name)
	if err != nil {
		return nil, err
	}
	prepared := &table{connection: c, plan: plan, name: name}
	if err := prepared.findKey(ctx, columns); err != nil {
		return nil, errors.Join(err, prepared.findColumns(ctx, columns))
	}
	prepared.openBooks()
	if err := prepared.FindCounterpart(ctx); err != nil {
		return nil, err
	}
	return prepared, errors.Join(prepared.findColumns(ctx, columns), prepared.prepareWhere(ctx), prepared.prepareStatements(ctx))
}

// tableName is the table's name as the database spells it.
func (c *connection) tableName(ctx context.Context, name string) (string, error) {
	var kind string
	err := c.readers.QueryRowContext(ctx, "SELECT name, type FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", name).Scan(&name, &kind)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", broken("connection/table: there is no table %s in %s; there are %s", name, c.path, c.tables(ctx))
	case err != nil:
		return "", classify(fmt.Errorf("database file %s: %w", c.path, err))
	case kind == "view":
		return "", broken("connection/table: %s in %s is a view; name the table that holds the customers", name, c.path)
	}
	return name, nil
}

func (c *connection) columnsOf(ctx context.Context, name string) ([]column, error) {
	rows, err := c.readers.QueryContext(ctx, "SELECT name, type, pk, \"notnull\" FROM pragma_table_xinfo(?) WHERE hidden <> 1", name)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var columns []column
	for rows.Next() {
		var found column
		if err := rows.Scan(&found.name, &found.declared, &found.primary, &found.notNull); err != nil {
			return nil, classify(err)
		}
		columns = append(columns, found)
	}
	return columns, classify(rows.Err())
}

// findColumns finds the plan's columns, and lets SQLite compile their update; it
// tells all that is wrong. A column keeps the plan's spelling, by which the
// migration asks for its value.
func (t *table) findColumns(ctx context.Context, columns []column) error {
	var problems []error
	for _, name := range t.plan.Columns() {
		found, err := findColumn(columns, t.name, name)
		problems = append(problems, err)
		found.name = name
		t.columns = append(t.columns, found)
	}
	var assignments []database.Assignment
	for _, name := range t.plan.Writes {
		if slices.ContainsFunc(t.keys, func(key keyColumn) bool { return strings.EqualFold(key.name, name) }) {
			problems = append(problems, broken("migration %s writes column %s of table %s, which is part of the key; a customer must keep the key", t.plan.Migration, name, t.name))
		}
		assignments = append(assignments, database.Assignment{Column: name})
	}
	if err := errors.Join(problems...); err != nil || len(assignments) == 0 || len(t.keys) == 0 {
		return err
	}
	compiled, err := t.readers.PrepareContext(ctx, t.updateText(assignments, true))
	if err != nil {
		return t.explain(err)
	}
	return compiled.Close()
}

// tables lists the file's tables, for an error.
func (c *connection) tables(ctx context.Context) string {
	var names sql.NullString
	err := c.readers.QueryRowContext(ctx, "SELECT group_concat(name, ', ') FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'db_migrate_%'").Scan(&names)
	if err != nil || names.String == "" {
		return "none"
	}
	return names.String
}

func findColumn(columns []column, table, name string) (column, error) {
	var names []string
	for _, candidate := range columns {
		if strings.EqualFold(candidate.name, name) {
			return candidate, nil
		}
		names = append(names, candidate.name)
	}
	return column{}, broken("table %s has no column %s; it has %s", table, name, strings.Join(names, ", "))
}

// Traits are the shorter ways of this driver.
func (t *table) Traits() database.Traits {
	return database.Traits{Strides: t, Conditional: t.plan.Where != "", Speller: t, Site: t}
}

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "sqlite", Database: t.path, Table: t.name, Key: strings.Join(t.keyColumns(), ", ")}
}
