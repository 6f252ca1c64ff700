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
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// table is the customers' table as one migration sees it.
type table struct {
	*connection
	*books.Books
	*driverkit.Scan
	name string
	keys []keyColumn
	// columns are those that are read: of the plan, after the key.
	columns []column
	// sql are the plan's statements; none in a migration in Go.
	sql *driverkit.Statements
}

// column is a column of the customers' table.
type column struct {
	name     string
	declared string
	primary  int
	notNull  bool
}

// text reports whether the column has text affinity: its values are text, blobs or
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
	prepared := &table{connection: c, name: name, Scan: &driverkit.Scan{Reader: &driverkit.Reader{Plan: plan}}}
	if err := prepared.findKey(ctx, columns); err != nil {
		return nil, errors.Join(err, prepared.findColumns(ctx, columns))
	}
	writer := newWriter(prepared)
	if err := prepared.FindCounterpart(ctx); err != nil {
		return nil, err
	}
	err = errors.Join(prepared.findColumns(ctx, columns), prepared.PrepareWhere(ctx, sqltext.SQLite, c.compile), prepared.prepareStatements(ctx))
	if err != nil {
		return nil, err
	}
	return writer, nil
}

// compile lets SQLite compile a statement; it runs nothing.
func (c *connection) compile(ctx context.Context, text string) error {
	compiled, err := c.readers.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	return compiled.Close()
}

// tableName is the table's name as the database spells it.
func (c *connection) tableName(ctx context.Context, name string) (string, error) {
	var kind string
	err := c.readers.QueryRowContext(ctx, "SELECT name, type FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", name).Scan(&name, &kind)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", driverkit.Broken("connection/table: there is no table %s in %s; there are %s", name, c.path, c.tables(ctx))
	case err != nil:
		return "", classify(fmt.Errorf("database file %s: %w", c.path, err))
	case kind == "view":
		return "", driverkit.Broken("connection/table: %s in %s is a view; name the table that holds the rows", name, c.path)
	}
	return name, driverkit.OwnTable(name)
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

// names are the table's columns as SQLite compares their names.
func (t *table) names() driverkit.ColumnNames {
	return driverkit.ColumnNames{Table: t.name, Same: strings.EqualFold}
}

// findColumns finds the plan's columns, and lets SQLite compile their update; it
// tells all that is wrong. A column keeps the plan's spelling, by which the
// migration asks for its value.
func (t *table) findColumns(ctx context.Context, columns []column) error {
	var problems []error
	for _, name := range t.Plan.Columns() {
		found, err := t.findColumn(columns, name)
		problems = append(problems, err)
		found.name = name
		t.columns = append(t.columns, found)
	}
	problems = append(problems, t.names().CheckWrites(t.Plan, t.KeyColumns(), nil))
	if err := errors.Join(problems...); err != nil || len(t.Plan.Writes) == 0 || len(t.Columns) == 0 {
		return err
	}
	return t.explain(t.compile(ctx, t.updateText(t.assignments(), true)))
}

// assignments are those of a change to all columns that the plan writes.
func (t *table) assignments() []database.Assignment {
	list := make([]database.Assignment, len(t.Plan.Writes))
	for i, name := range t.Plan.Writes {
		list[i].Column = name
	}
	return list
}

func (t *table) findColumn(columns []column, name string) (column, error) {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.name
	}
	at, err := t.names().Find(names, name)
	if err != nil {
		return column{}, err
	}
	return columns[at], nil
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

// Traits are the shorter ways of this driver.
func (w *setWriter) Traits() database.Traits {
	return database.Traits{Strides: w, Rejudges: true, Conditional: w.Plan.Where != "", Speller: w, Rehearsal: w.rehearsal(), Site: w}
}

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "sqlite", Database: t.path, Table: t.name, Key: strings.Join(t.KeyColumns(), ", ")}
}

// Check tells which customers need to be migrated.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	return t.sql.Check(ctx, keys)
}

// findKey finds the key columns: those configured, else the primary key.
func (t *table) findKey(ctx context.Context, columns []column) error {
	primary := primaryKey(columns)
	names := t.options.Key
	if len(names) == 0 {
		names = primary
	}
	if len(names) == 0 {
		return t.names().NoPrimaryKey()
	}
	for _, name := range names {
		found, err := t.findColumn(columns, name)
		if err != nil {
			return err
		}
		if !found.notNull && found.primary == 0 {
			return t.names().Nullable(found.name)
		}
		t.keys = append(t.keys, keyColumn{name: found.name, declared: found.declared})
	}
	t.openReader()
	if err := t.findIndex(ctx, slices.Equal(t.KeyColumns(), primary)); err != nil {
		return err
	}
	for i := range t.keys {
		if err := t.findKind(ctx, &t.keys[i]); err != nil {
			return err
		}
	}
	t.Spelled = slices.ContainsFunc(t.keys, keyColumn.spelled)
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

// index is a unique index with its columns and their collations.
type index struct {
	name                string
	columns, collations []string
}

// findIndex makes sure that a unique index has just the key's columns, in an
// order that can be walked through, and takes their collations from it: the
// ledger must have its keys in the same order. An INTEGER PRIMARY KEY is the
// rowid and has no index.
func (t *table) findIndex(ctx context.Context, primary bool) error {
	steps, err := t.walk(ctx)
	if err != nil {
		return err
	}
	indexes, err := t.uniqueIndexes(ctx)
	if err != nil {
		return err
	}
	var fitting []index
	for _, candidate := range indexes {
		if slices.Equal(candidate.columns, t.KeyColumns()) {
			fitting = append(fitting, candidate)
		}
	}
	if len(fitting) == 0 && !primary {
		return t.names().NotUnique(t.KeyColumns())
	}
	if strings.Contains(steps, "TEMP B-TREE") || !strings.Contains(steps, "SEARCH") {
		return driverkit.Broken("connection/key: SQLite cannot walk through table %s by (%s): its plan is %s; the index needs the columns' own collation and one direction", t.name, strings.Join(t.KeyColumns(), ", "), steps)
	}
	if len(fitting) == 0 {
		return nil
	}
	used := slices.IndexFunc(fitting, func(candidate index) bool { return strings.Contains(steps, "INDEX "+candidate.name+" ") })
	for i, collation := range fitting[max(0, used)].collations {
		t.keys[i].collation = collation
	}
	return nil
}

// walk is SQLite's plan for the scan.
func (t *table) walk(ctx context.Context) (string, error) {
	anybody := database.Key(slices.Repeat([]string{"0"}, len(t.keys)))
	arguments := driverkit.Arguments{Marks: true}
	where, err := t.Where(&arguments, []driverkit.Side{{Operator: ">", Key: anybody}, {Operator: "<=", Key: anybody}})
	if err != nil {
		return "", err
	}
	var steps []string
	text := fmt.Sprintf("EXPLAIN QUERY PLAN SELECT %s FROM %s%s ORDER BY %s LIMIT 1", t.List(), t.From, where, t.Order(""))
	err = t.each(ctx, text, arguments.Values, func(values books.Values) error {
		steps = append(steps, values.Text(3))
		return nil
	})
	return strings.Join(steps, "; "), t.explain(err)
}

func (t *table) uniqueIndexes(ctx context.Context) ([]index, error) {
	var found []index
	err := t.each(ctx, `SELECT list.name, coalesce(part.name, ''), part.coll
		FROM pragma_index_list(?) AS list JOIN pragma_index_xinfo(list.name) AS part
		WHERE list."unique" = 1 AND list.partial = 0 AND part.key = 1 ORDER BY list.seq, part.seqno`, []any{t.name}, func(values books.Values) error {
		if name := values.Text(0); len(found) == 0 || found[len(found)-1].name != name {
			found = append(found, index{name: name})
		}
		last := &found[len(found)-1]
		last.columns, last.collations = append(last.columns, values.Text(1)), append(last.collations, values.Text(2))
		return nil
	})
	return found, t.explain(err)
}

// findKind finds the one type of a key column's values. SQLite orders NULL,
// numbers, text and blobs one after another, so that the types of the least and
// the greatest value tell those of all between them.
func (t *table) findKind(ctx context.Context, key *keyColumn) error {
	least, err := t.typeAt(ctx, key, "ASC")
	if err != nil {
		return err
	}
	greatest, err := t.typeAt(ctx, key, "DESC")
	if err != nil {
		return err
	}
	if least != greatest || !slices.Contains([]string{"integer", "text", "blob"}, least) {
		return driverkit.Broken("key column %s of table %s holds values from %s to %s; a key's values must all be integers, all text or all blobs", key.name, t.name, least, greatest)
	}
	key.kind = least
	return nil
}

func (t *table) typeAt(ctx context.Context, key *keyColumn, direction string) (string, error) {
	text := fmt.Sprintf("SELECT typeof(%[1]s) FROM %[2]s ORDER BY %[1]s %[3]s LIMIT 1", quote(key.name), quote(t.name), direction)
	var kind string
	err := t.readers.QueryRowContext(ctx, text).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return declaredKind(key.declared), nil
	}
	return kind, t.explain(err)
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
