package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

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
	oid string
	// identity is what the cluster calls itself, the database and the table.
	identity string
	// schema and name are the table's own; ours is the schema of our tables.
	schema, name, ours string
	keys               []column
	// columns are those that are read: of the plan.
	columns []column
	// sql are the plan's statements; none in a migration in Go.
	sql *driverkit.Statements
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
	columns, err := prepared.columnsOf(ctx, prepared.oid)
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
	where := prepared.PrepareWhere(ctx, sqltext.PostgreSQL, func(ctx context.Context, text string) error {
		_, err := c.compile(ctx, text)
		return err
	})
	return writer, errors.Join(prepared.findColumns(columns), where, writer.prepareStatements(ctx))
}

// tableName is the configured table as SQL. A name is taken as it is written, as SQL
// takes one in double quotes; it may have its schema and a dot before it. One that is
// written in quotes is SQL already.
func tableName(configured string) string {
	if strings.Contains(configured, `"`) {
		return configured
	}
	if schema, name, found := strings.Cut(configured, "."); found {
		return quote(schema) + "." + quote(name)
	}
	return quote(configured)
}

// find finds the table by its name.
func (t *table) find(ctx context.Context) error {
	found, err := one(ctx, t.readers, `SELECT c.oid, n.nspname, c.relname, c.relkind, row_security_active(c.oid) FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`, tableName(t.options.Table))
	switch {
	case err != nil:
		return err
	case found == nil:
		return driverkit.Broken("connection/table: there is no table %s in database %s; %s", t.options.Table, t.database, driverkit.OtherTables(t.tables(ctx), t.options.Table))
	case found.True(4):
		return driverkit.Broken("connection/table: row security holds on table %s for the worker's user, so that rows which its policies hide would be left out without a word; "+
			"let a user work who sees all rows (ALTER ROLE … BYPASSRLS, or the table's owner), and name the rows that are meant in customer-scanner/where", t.options.Table)
	case !slices.Contains([]string{"r", "p"}, found.Text(3)):
		return driverkit.Broken("connection/table: %s in database %s is no table but a view or the like; name the table that holds the rows", t.options.Table, t.database)
	}
	if err := driverkit.OwnTable(found.Text(2)); err != nil {
		return err
	}
	t.oid, t.schema, t.name, t.ours = found.Text(0), found.Text(1), found.Text(2), found.Text(1)
	own, err := one(ctx, t.readers, "SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()")
	if err != nil {
		return err
	}
	t.identity = own.Text(0) + "/" + t.oid
	if t.options.Schema != "" {
		t.ours = t.options.Schema
	}
	return nil
}

// tables lists the tables that can be seen, for an error.
func (t *table) tables(ctx context.Context) string {
	found, err := one(ctx, t.readers, `SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.relname) FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'db\_migrate\_%'
		AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'`)
	if err != nil || found == nil || found.Null(0) {
		return "none"
	}
	return found.Text(0)
}

// findKey finds the key columns: those configured, else the primary key. A
// unique index must have just them, else the scan could miss customers.
func (t *table) findKey(ctx context.Context, columns []column) error {
	names := t.options.Key
	if len(names) == 0 {
		primary, err := t.indexes(ctx, "i.indisprimary")
		if err != nil {
			return err
		}
		if len(primary) == 0 {
			return t.names().NoPrimaryKey()
		}
		names = primary[0]
	}
	for _, name := range names {
		found, err := t.findColumn(columns, name)
		if err != nil {
			return err
		}
		if !found.notNull {
			return t.names().Nullable(name)
		}
		if !found.visible {
			// Its operators would not be found, and others be taken in their place.
			return driverkit.Broken("connection/key: the type %s of column %s is not on the search path; add its schema to search_path in connection/url", found.kind, name)
		}
		t.keys = append(t.keys, found)
	}
	unique, err := t.indexes(ctx, "i.indisunique")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(unique, func(candidate []string) bool { return slices.Equal(candidate, names) }) {
		return t.names().NotUnique(names)
	}
	return nil
}

// indexes are the columns of the table's whole and valid b-tree indexes that a
// condition is true of, all of them ascending.
func (t *table) indexes(ctx context.Context, condition string) ([][]string, error) {
	var found [][]string
	err := query(ctx, t.readers, `SELECT string_agg(quote_ident(a.attname), ',' ORDER BY k.place), array_to_string(array_agg(a.attname ORDER BY k.place), E'\x01')
		FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
		CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
		WHERE i.indrelid = $1::text::oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree'
		AND k.place <= i.indnkeyatts AND i.indimmediate AND `+condition+` GROUP BY i.indexrelid`, []any{t.oid}, func(values driverkit.Texts) error {
		found = append(found, strings.Split(*values[1], "\x01"))
		return nil
	})
	return found, err
}

// names are the table's columns as PostgreSQL compares their names.
func (t *table) names() driverkit.ColumnNames {
	return driverkit.ColumnNames{Table: t.name, Same: func(a, b string) bool { return a == b }}
}

// findColumns finds the plan's columns, and tells all that is wrong with them.
func (t *table) findColumns(columns []column) error {
	var problems []error
	for _, name := range t.Plan.Columns() {
		found, err := t.findColumn(columns, name)
		problems = append(problems, err)
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

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "postgres", Host: t.host, Database: t.database, Table: t.schema + "." + t.name,
		Key: strings.Join(t.KeyColumns(), ", "), Books: t.ours, Identity: t.identity}
}

// Check tells which customers need to be migrated.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	return t.sql.Check(ctx, keys)
}

// own is the name of a table of ours as SQL.
func (t *table) own(name string) string { return pgx.Identifier{t.ours, name}.Sanitize() }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
