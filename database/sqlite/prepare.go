package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
)

// table is the customers' table as one migration sees it.
type table struct {
	*connection
	plan database.Plan
	name string
	keys []keyColumn
	// columns are those that are read: of the plan, after the key.
	columns []column
	ledger  string
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
	prepared := &table{connection: c, plan: plan, name: c.options.Table, ledger: ledgerName(plan.Migration)}
	columns, err := c.columnsOf(ctx, prepared.name)
	if err != nil {
		return nil, err
	}
	for _, name := range plan.Columns() {
		found, err := findColumn(columns, prepared.name, name)
		if err != nil {
			return nil, err
		}
		prepared.columns = append(prepared.columns, found)
	}
	if err := prepared.findKey(ctx, columns); err != nil {
		return nil, err
	}
	if err := prepared.prepareStatements(ctx); err != nil {
		return nil, err
	}
	return prepared, nil
}

func (c *connection) columnsOf(ctx context.Context, name string) ([]column, error) {
	var kind string
	err := c.readers.QueryRowContext(ctx, "SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", name).Scan(&kind)
	switch {
	case err == sql.ErrNoRows:
		return nil, broken("connection/table: there is no table %s in %s; there are %s", name, c.path, c.tables(ctx))
	case err != nil:
		return nil, classify(fmt.Errorf("database file %s: %w", c.path, err))
	case kind == "view":
		return nil, broken("connection/table: %s in %s is a view; name the table that holds the customers", name, c.path)
	}
	rows, err := c.readers.QueryContext(ctx, "SELECT name, type, pk, \"notnull\" FROM pragma_table_info(?)", name)
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

// findKey finds the key columns: those configured, else the primary key.
func (t *table) findKey(ctx context.Context, columns []column) error {
	primary := primaryKey(columns)
	names := t.options.Key
	if len(names) == 0 {
		names = primary
	}
	if len(names) == 0 {
		return broken("table %s has no primary key; name the columns of a unique key in connection/key", t.name)
	}
	if !slices.Equal(names, primary) {
		if err := t.checkUnique(ctx, columns, names); err != nil {
			return err
		}
	}
	for _, name := range names {
		found, err := findColumn(columns, t.name, name)
		if err != nil {
			return err
		}
		t.keys = append(t.keys, keyColumn{name: found.name, declared: found.declared})
	}
	for i := range t.keys {
		if err := t.findKind(ctx, &t.keys[i]); err != nil {
			return err
		}
	}
	return nil
}

func primaryKey(columns []column) []string {
	var key []column
	for _, candidate := range columns {
		if candidate.primary > 0 {
			key = append(key, candidate)
		}
	}
	slices.SortFunc(key, func(a, b column) int { return a.primary - b.primary })
	var names []string
	for _, candidate := range key {
		names = append(names, candidate.name)
	}
	return names
}

// checkUnique makes sure that a unique index has just these columns.
func (t *table) checkUnique(ctx context.Context, columns []column, names []string) error {
	for _, name := range names {
		found, err := findColumn(columns, t.name, name)
		if err != nil {
			return err
		}
		if !found.notNull {
			return broken("connection/key: column %s of table %s may be NULL; a key's columns must be NOT NULL", name, t.name)
		}
	}
	var found int
	err := t.readers.QueryRowContext(ctx, `SELECT COUNT(*) FROM pragma_index_list(?) AS list
		WHERE list."unique" = 1 AND list.partial = 0 AND
		(SELECT group_concat(name, char(31)) FROM (SELECT name FROM pragma_index_info(list.name) ORDER BY seqno)) = ?`,
		t.name, strings.Join(names, "\x1f")).Scan(&found)
	if err != nil {
		return classify(err)
	}
	if found == 0 {
		return broken("connection/key: table %s has no unique index on (%s), in this order; without one the scan could miss customers", t.name, strings.Join(names, ", "))
	}
	return nil
}

// findKind finds the one type of a key column's values. SQLite orders NULL,
// numbers, text and blobs one after another, so that the types of the least and
// the greatest value tell those of all between them.
func (t *table) findKind(ctx context.Context, key *keyColumn) error {
	read := func(direction string) (string, error) {
		var kind sql.NullString
		text := fmt.Sprintf("SELECT typeof(%[1]s) FROM %[2]s ORDER BY %[1]s %[3]s LIMIT 1", quote(key.name), quote(t.name), direction)
		err := t.readers.QueryRowContext(ctx, text).Scan(&kind)
		if err == sql.ErrNoRows {
			return declaredKind(key.declared), nil
		}
		return kind.String, classify(err)
	}
	least, err := read("ASC")
	if err != nil {
		return err
	}
	greatest, err := read("DESC")
	if err != nil {
		return err
	}
	if least != greatest || !slices.Contains([]string{"integer", "text", "blob"}, least) {
		return broken("key column %s of table %s holds values from %s to %s; a key's values must all be integers, all text or all blobs", key.name, t.name, least, greatest)
	}
	key.kind = least
	return nil
}

func declaredKind(declared string) string {
	switch upper := strings.ToUpper(declared); {
	case strings.Contains(upper, "INT"):
		return "integer"
	case upper == "" || strings.Contains(upper, "BLOB"):
		return "blob"
	}
	return "text"
}

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "sqlite", Database: t.path, Table: t.name}
}
