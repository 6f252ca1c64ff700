package sqlite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
)

// notices are those for a plan, a loud one with ! before it.
func notices(t *testing.T, site databasetest.Site, plan database.Plan) string {
	t.Helper()
	table, err := open(t, site.Options, plan)
	require.NoError(t, err)
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	var list strings.Builder
	for _, notice := range seen.Notices {
		if notice.Loud {
			list.WriteString("! ")
		}
		list.WriteString(notice.Text + "\n")
	}
	return list.String()
}

// TestRowsThatAMigrationWouldDeleteAreTold where a constraint does so, and refused where the
// statement says it.
func TestRowsThatAMigrationWouldDeleteAreTold(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, code TEXT UNIQUE ON CONFLICT REPLACE)")
	plan := func(statement string) database.Plan {
		return database.Plan{Migration: "look", Statements: &database.Statements{Migrate: []string{statement}}}
	}
	require.Contains(t, notices(t, site, plan("UPDATE customers SET code = name WHERE id = :id")), "! a constraint of the table says ON CONFLICT REPLACE")
	_, err := open(t, site.Options, plan("UPDATE OR REPLACE customers SET code = name WHERE id = :id"))
	require.ErrorContains(t, err, "OR REPLACE deletes other rows that are in the way")
	_, err = open(t, site.Options, plan("UPDATE OR IGNORE customers SET code = name WHERE id = :id"))
	require.NoError(t, err)
}

func TestNotices(t *testing.T) {
	site := newSite(t, `CREATE TABLE countries (code TEXT PRIMARY KEY);
		CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, first_name TEXT, country TEXT REFERENCES countries (code), code TEXT UNIQUE,
			loud TEXT AS (upper(first_name)), LastModified TEXT);
		CREATE TABLE orders (customer TEXT REFERENCES customers (code));
		CREATE INDEX by_names ON customers (name, first_name);
		CREATE INDEX by_case ON customers (lower(code));
		CREATE TRIGGER any_change UPDATE ON customers BEGIN SELECT 1; END;
		create trigger if not exists of_names after update of first_name, "name" on customers begin select 1; end;
		CREATE TRIGGER of_code BEFORE UPDATE OF code ON customers BEGIN SELECT 1; END;
		CREATE TRIGGER inserted AFTER INSERT ON customers BEGIN UPDATE customers SET name = 'x'; END;`)
	plan := func(writes ...string) database.Plan {
		return database.Plan{Migration: "look", Reads: []string{"name"}, Writes: writes}
	}
	require.Equal(t, `the table is empty, so that the database's plans say nothing, and are not shown
trigger any_change fires for every migrated row (BEFORE UPDATE)
trigger of_names fires for every migrated row (AFTER UPDATE OF first_name, name)
column loud is generated, and computed again for every migrated row: as the table's definition says
column LastModified is not written by the migration: unless a trigger sets it, whoever finds changed rows by it (an export, a search index) will not see the migrated ones
index by_case on an expression: every migrated row is entered into it anew
index by_names on name, first_name: every migrated row is entered into it anew
the file is in journal mode delete; the first write puts it into WAL mode, and it stays there: two more files lie beside it, and it must not be on a network drive
`, notices(t, site, plan("first_name")))
	written := notices(t, site, plan("code", "country"))
	for _, part := range []string{"trigger of_code fires", "foreign key to countries: a new value of country must be in table countries", "foreign key of orders: table orders refers to code"} {
		require.Contains(t, written, part)
	}
	require.NotContains(t, written, "of_names")
}
