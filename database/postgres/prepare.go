package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
)

// table is the customers' table as one migration sees it.
type table struct {
	*connection
	*books.Books
	plan database.Plan
	oid  string
	// identity is what the cluster calls itself, the database and the table.
	identity string
	// schema and name are the table's own; ours is the schema of our tables.
	schema, name, ours string
	keys               []column
	// columns are those that are read: of the plan.
	columns []column
	// ledger is the plan's, and other the one that rows leave when they enter it; empty:
	// there is none.
	ledger, other string
	ledgerColumns books.LedgerColumns
	check         *statement
	migrate       []*statement
	// stretch is the plan's statement, if it may run for a range at once.
	stretch *stretch
}

// column is a column of the customers' table.
type column struct {
	name string
	// kind is the type as SQL writes it. unbounded is the type below all domains,
	// without its length, and base its plain name.
	kind, unbounded, base string
	collation             string
	// comparing is COLLATE with the collation in which values compare, if it is not
	// that of unbounded.
	comparing string
	notNull   bool
	generated bool
	// visible: the type is on the search path, and so are its operators.
	visible bool
	// domain: kind is a domain over unbounded.
	domain bool
	// spelled: equal values may be spelled in different ways.
	spelled bool
}

// Prepare holds the plan against the live table.
func (c *connection) Prepare(ctx context.Context, plan database.Plan) (database.Table, error) {
	prepared := &table{connection: c, plan: plan}
	if err := prepared.find(ctx); err != nil {
		return nil, classify(err)
	}
	columns, err := prepared.columnsOf(ctx)
	if err != nil {
		return nil, classify(err)
	}
	if err := prepared.findKey(ctx, columns); err != nil {
		return nil, classify(errors.Join(err, prepared.findColumns(columns)))
	}
	prepared.openBooks()
	if err := prepared.FindCounterpart(ctx); err != nil {
		return nil, classify(err)
	}
	return prepared, classify(errors.Join(prepared.findColumns(columns), prepared.prepareWhere(ctx), prepared.prepareStatements(ctx)))
}

// find finds the table by its name, as SQL finds it.
func (t *table) find(ctx context.Context) error {
	found, err := one(ctx, t.readers, `SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`, t.options.Table)
	switch {
	case err != nil:
		return err
	case found == nil:
		return broken("connection/table: there is no table %s in database %s; there are %s", t.options.Table, t.database, t.tables(ctx))
	case !slices.Contains([]string{"r", "p"}, *found[3]):
		return broken("connection/table: %s in database %s is no table but a view or the like; name the table that holds the customers", t.options.Table, t.database)
	}
	t.oid, t.schema, t.name, t.ours = *found[0], *found[1], *found[2], *found[1]
	own, err := one(ctx, t.readers, "SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()")
	if err != nil {
		return err
	}
	t.identity = *own[0] + "/" + t.oid
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
	if err != nil || found == nil || found[0] == nil {
		return "none"
	}
	return *found[0]
}

func (t *table) columnsOf(ctx context.Context) ([]column, error) {
	var columns []column
	err := query(ctx, t.readers, `SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(b.oid, -1), b.typname, a.attnotnull, a.attgenerated <> '', pg_type_is_visible(b.oid),
		CASE WHEN a.attcollation <> y.typcollation THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
		CASE WHEN a.attcollation <> b.typcollation THEN 'COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
		y.typtype = 'd', coalesce(co.collisdeterministic, true)
		FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid CROSS JOIN LATERAL (`+belowDomains+`) b
		LEFT JOIN pg_collation co ON co.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
		WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, []any{t.oid}, func(values []*string) error {
		found := column{name: *values[0], kind: *values[1], unbounded: *values[2], base: *values[3],
			notNull: *values[4] == "t", generated: *values[5] == "t", visible: *values[6] == "t", domain: *values[9] == "t"}
		if values[7] != nil {
			found.collation = *values[7]
		}
		if values[8] != nil {
			found.comparing = " " + *values[8]
		}
		found.spelled = !slices.Contains(spelledOnce, found.base) || *values[10] != "t"
		columns = append(columns, found)
		return nil
	})
	return columns, err
}

// belowDomains is the type of a column below all domains.
const belowDomains = `WITH RECURSIVE d AS (SELECT y.oid, y.typtype, y.typbasetype, y.typname, y.typcollation
	UNION ALL SELECT n.oid, n.typtype, n.typbasetype, n.typname, n.typcollation FROM d JOIN pg_type n ON d.typtype = 'd' AND n.oid = d.typbasetype)
	SELECT oid, typname, typcollation FROM d WHERE typtype <> 'd'`

// spelledOnce are types of which no two values are equal that are printed in
// different ways, unless a collation says otherwise.
var spelledOnce = []string{"int2", "int4", "int8", "oid", "bool", "uuid", "text", "varchar", "name", "bytea", "date", "timestamp", "timestamptz"}

// findColumns finds the plan's columns, and tells all that is wrong with them. A
// column keeps the plan's spelling.
func (t *table) findColumns(columns []column) error {
	var problems []error
	for _, name := range t.plan.Columns() {
		found, err := t.findColumn(columns, name)
		problems = append(problems, err)
		t.columns = append(t.columns, found)
	}
	for _, name := range t.plan.Writes {
		found, _ := t.findColumn(columns, name)
		if slices.Contains(t.KeyColumns(), name) {
			problems = append(problems, broken("migration %s writes column %s of table %s, which is part of the key; a customer must keep the key", t.plan.Migration, name, t.name))
		}
		if found.generated {
			problems = append(problems, broken("migration %s writes column %s of table %s, which is generated by the database", t.plan.Migration, name, t.name))
		}
	}
	return errors.Join(problems...)
}

func (t *table) findColumn(columns []column, name string) (column, error) {
	var names []string
	for _, candidate := range columns {
		if candidate.name == name {
			return candidate, nil
		}
		names = append(names, candidate.name)
	}
	return column{}, broken("table %s has no column %s; it has %s", t.name, name, strings.Join(names, ", "))
}

// Traits are the shorter ways of this driver; a stretch is one of the plan's, too.
func (t *table) Traits() database.Traits {
	traits := database.Traits{Strides: t, Conditional: t.plan.Where != "", Singly: t, Speller: t, KeysParser: t, Site: t}
	if t.stretch != nil {
		traits.Stretches = t
	}
	return traits
}

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "postgres", Host: t.host, Database: t.database, Table: t.schema + "." + t.name,
		Key: strings.Join(t.KeyColumns(), ", "), Books: t.ours, Identity: t.identity}
}

// customers is the table's name as SQL.
func (t *table) customers() string { return pgx.Identifier{t.schema, t.name}.Sanitize() }

// own is the name of a table of ours as SQL.
func (t *table) own(name string) string { return pgx.Identifier{t.ours, name}.Sanitize() }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func names(columns []column, prefix string) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = prefix + quote(column.name)
	}
	return list
}

func tuple(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// cast makes a value of the column's type of a text, without its length: a cast to a
// type of limited length cuts or rounds without a word. So a key that is too long is
// nobody's, and a value to be assigned is refused, where the assignment refuses it.
func (c column) cast(text string) string { return fmt.Sprintf("%s::%s", text, c.unbounded) }

// compared is the column of a table, as it compares with a value by image: of the
// same type.
func (c column) compared(table string) string {
	if c.domain {
		return c.cast(table + quote(c.name))
	}
	return table + quote(c.name)
}

// integer tells whether the column holds whole numbers.
func (c column) integer() bool { return slices.Contains([]string{"int2", "int4", "int8"}, c.base) }

func compared(columns []column, table string) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = column.compared(table)
	}
	return list
}
