package mysql

import (
	"context"
	"errors"
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
	// schema and name are the table's own; ours is the schema of our tables.
	schema, name, ours string
	// identity is what the server calls itself.
	identity string
	keys     []column
	// index is the unique index of the key.
	index string
	// columns are those that are read: of the plan.
	columns []column
	// sql are the plan's statements; none in a migration in Go.
	sql *driverkit.Statements
	// dialect is how the server reads SQL in our sessions.
	dialect sqltext.Dialect
}

// Prepare holds the plan against the live table.
func (c *connection) Prepare(ctx context.Context, plan database.Plan) (database.Table, error) {
	prepared, err := c.prepare(ctx, plan)
	if err != nil {
		return nil, classify(err)
	}
	return prepared, nil
}

func (c *connection) prepare(ctx context.Context, plan database.Plan) (*setWriter, error) {
	prepared := &table{connection: c, Scan: &driverkit.Scan{Reader: &driverkit.Reader{Plan: plan}}}
	if err := prepared.find(ctx); err != nil {
		return nil, err
	}
	columns, err := prepared.columnsOf(ctx, prepared.schema, prepared.name)
	if err != nil {
		return nil, err
	}
	if err := prepared.findKey(ctx, columns); err != nil {
		return nil, errors.Join(err, prepared.findColumns(columns))
	}
	prepared.openReader()
	writer := newWriter(prepared)
	if err := prepared.FindCounterpart(ctx); err != nil {
		return nil, err
	}
	where := prepared.PrepareWhere(ctx, prepared.dialect, func(ctx context.Context, text string) error { return compile(ctx, c.readers, text) })
	return writer, errors.Join(prepared.findColumns(columns), where, prepared.prepareStatements(ctx))
}

// find finds the table, by table or schema.table.
func (t *table) find(ctx context.Context) error {
	t.schema, t.name = t.database, t.options.Table
	if schema, name, found := strings.Cut(t.options.Table, "."); found {
		t.schema, t.name = schema, name
	}
	t.ours = t.schema
	if t.options.Schema != "" {
		t.ours = t.options.Schema
	}
	found, err := one(ctx, t.readers, "SELECT table_type, engine FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.schema, t.name)
	switch {
	case err != nil:
		return err
	case found == nil:
		return driverkit.Broken("connection/table: there is no table %s in database %s; %s", t.name, t.schema, driverkit.OtherTables(t.tables(ctx), t.name))
	case found.Text(0) == "SYSTEM VERSIONED":
		return driverkit.Broken("connection/table: table %s is WITH SYSTEM VERSIONING, and is not migrated: beside sets of rows the site's own updates of such a table end in deadlocks", t.name)
	case found.Text(0) != "BASE TABLE":
		return driverkit.Broken("connection/table: %s in database %s is no table but a %s; name the table that holds the rows", t.name, t.schema, strings.ToLower(found.Text(0)))
	case !strings.EqualFold(found.Text(1), "InnoDB"):
		return driverkit.Broken("connection/table: table %s is of engine %s, which has no transactions; only InnoDB can be migrated exactly once (ALTER TABLE … ENGINE=InnoDB)", t.name, found.Text(1))
	}
	if err := driverkit.OwnTable(t.name); err != nil {
		return err
	}
	return t.identify(ctx)
}

// identify asks for the server's own identity, and how it reads SQL.
func (t *table) identify(ctx context.Context) error {
	variable := "@@server_uuid"
	if t.maria {
		variable = "@@server_uid"
	}
	found, err := one(ctx, t.readers, "SELECT "+variable+", @@sql_mode")
	if err == nil {
		t.identity, t.dialect = found.Text(0), dialectOf(found.Text(1))
	}
	return err
}

// dialectOf is how SQL is read in a mode.
func dialectOf(mode string) sqltext.Dialect {
	dialect := sqltext.MySQL
	for _, word := range strings.Split(mode, ",") {
		switch word {
		case "NO_BACKSLASH_ESCAPES":
			dialect |= sqltext.NoBackslashes
		case "ANSI_QUOTES":
			dialect |= sqltext.NamesInQuotes
		}
	}
	return dialect
}

// tables lists the tables that can be seen, for an error.
func (t *table) tables(ctx context.Context) string {
	found, err := one(ctx, t.readers, `SELECT GROUP_CONCAT(table_name ORDER BY table_name SEPARATOR ', ') FROM information_schema.tables
		WHERE table_schema = ? AND table_name NOT LIKE 'db|_migrate|_%' ESCAPE '|'`, t.schema)
	if err != nil || found.Null(0) {
		return "none"
	}
	return found.Text(0)
}

// uniqueIndex is an index that no two rows can share.
type uniqueIndex struct {
	name    string
	columns []string
	// part is the first column of which the index has the beginning alone, and mixed
	// says that its columns are sorted in both directions.
	part  string
	mixed bool
}

// unwalkable is why the table cannot be walked through by the index; nil: it can.
func (i uniqueIndex) unwalkable(table string) error {
	switch {
	case i.part != "":
		return driverkit.Broken("connection/key: index %s of table %s has the beginning of column %s alone, so that the table cannot be walked through by it; name a unique key of whole columns", i.name, table, i.part)
	case i.mixed:
		return driverkit.Broken("connection/key: index %s of table %s sorts its columns in both directions, so that the table cannot be walked through by it; name a unique key that is sorted in one direction", i.name, table)
	}
	return nil
}

// findKey finds the key columns: those configured, else the primary key. A
// unique index must have just them, else the scan could miss customers.
func (t *table) findKey(ctx context.Context, columns []column) error {
	indexes, err := t.indexes(ctx)
	if err != nil {
		return err
	}
	wanted := t.options.Key
	if len(wanted) == 0 {
		at := slices.IndexFunc(indexes, func(index uniqueIndex) bool { return index.name == "PRIMARY" })
		if at < 0 {
			return t.names().NoPrimaryKey()
		}
		wanted = indexes[at].columns
	}
	for _, name := range wanted {
		found, err := t.findColumn(columns, name)
		switch {
		case err != nil:
			return err
		case !found.notNull:
			return t.names().Nullable(name)
		case found.unordered():
			return driverkit.Broken("connection/key: column %s of table %s is of type %s, which cannot be walked through by its text; choose a key of numbers, texts or bytes", name, t.name, found.base)
		}
		if err := t.zoned(found); err != nil {
			return err
		}
		t.keys = append(t.keys, found)
	}
	return t.chooseIndex(indexes, wanted)
}

// zoned refuses a column whose values the server prints in the session's time zone, if
// that is not UTC: two moments of the hour that clocks go back would be printed alike.
func (t *table) zoned(c column) error {
	if t.zone == utc || c.base != "timestamp" {
		return nil
	}
	return driverkit.Broken("connection/url: time-zone is %s, in which the values of column %s of table %s (timestamp) are not told apart where clocks go back; leave time-zone out, and write the zone in SQL: CONVERT_TZ(%s, '+00:00', '%s')", t.zone, c.name, t.name, c.name, t.zone)
}

// chooseIndex chooses an index of just the key's columns.
func (t *table) chooseIndex(indexes []uniqueIndex, wanted []string) error {
	err := t.names().NotUnique(wanted)
	for _, index := range indexes {
		if !slices.EqualFunc(index.columns, wanted, strings.EqualFold) {
			continue
		}
		if err = index.unwalkable(t.name); err == nil {
			t.index = index.name
			return nil
		}
	}
	return err
}

// eachOnALine ends a list of names; with \n the server's sql_mode would choose what it is.
const eachOnALine = "SEPARATOR '\n'"

// indexes are the table's unique indexes.
func (t *table) indexes(ctx context.Context) ([]uniqueIndex, error) {
	var found []uniqueIndex
	err := query(ctx, t.readers, `SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index `+eachOnALine+`), MAX(CASE WHEN sub_part IS NOT NULL THEN column_name END), COUNT(DISTINCT collation)
		FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? AND non_unique = 0 AND index_type = 'BTREE'
		GROUP BY index_name HAVING SUM(column_name IS NULL) = 0`, []any{t.schema, t.name}, func(texts driverkit.Texts) error {
		values := texts.Values(nil)
		found = append(found, uniqueIndex{name: values.Text(0), columns: strings.Split(values.Text(1), "\n"), part: values.Text(2), mixed: values.Number(3) > 1})
		return nil
	})
	return found, err
}

// names are the table's columns as MySQL compares their names.
func (t *table) names() driverkit.ColumnNames {
	return driverkit.ColumnNames{Table: t.name, Same: strings.EqualFold}
}

// findColumns finds the plan's columns, and tells all that is wrong with them. A
// column keeps the plan's spelling.
func (t *table) findColumns(columns []column) error {
	var problems []error
	for _, name := range t.Plan.Columns() {
		found, err := t.findColumn(columns, name)
		problems = append(problems, err)
		if found.base == "geometry" {
			problems = append(problems, driverkit.Broken("migration %s uses column %s of table %s, whose type geometry is not supported", t.Plan.Migration, name, t.name))
		}
		problems = append(problems, t.zoned(found))
		found.name = name
		t.columns = append(t.columns, found)
	}
	problems = append(problems, t.names().CheckWrites(t.Plan, namesOf(t.keys), func(name string) bool {
		found, _ := t.findColumn(columns, name)
		return found.generated
	}))
	return errors.Join(problems...)
}

func (t *table) findColumn(columns []column, name string) (column, error) {
	at, err := t.names().Find(namesOf(columns), name)
	if err != nil {
		return column{}, err
	}
	return columns[at], nil
}

// Traits are the shorter ways of this driver.
func (w *setWriter) Traits() database.Traits {
	return database.Traits{Strides: w, Rejudges: true, Conditional: w.Plan.Where != "", Speller: w, KeysParser: w, Rehearsal: w.rehearsal(), Site: w}
}

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "mysql", Host: t.host, Database: t.schema, Table: t.name, Key: strings.Join(t.KeyColumns(), ", "), Books: t.ours, Identity: t.identity}
}

// Check tells which customers need to be migrated.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	needed, err := t.sql.Check(ctx, keys)
	return needed, classify(err)
}

// own is the name of a table of ours as SQL.
func (t *table) own(name string) string { return quote(t.ours) + "." + quote(name) }

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
