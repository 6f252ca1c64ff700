package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/sqlite"
)

// open opens a database and prepares a plan.
func open(t testing.TB, options database.Options, plan database.Plan) (database.Table, error) {
	connection, err := sqlite.Driver{}.Open(t.Context(), options)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return connection.Prepare(t.Context(), plan)
}

func TestFilesThatAreNoDatabasesAreRefused(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"text.db": "This is a text that is no database.", "short.db": "SQLite", "cut.db": "SQLite format 3\x00"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	for name, problem := range map[string]string{
		"missing.db": "missing.db does not exist; name an existing SQLite file",
		"text.db":    "text.db is not a SQLite database",
		"short.db":   "short.db is not a SQLite database",
		"cut.db":     "cut.db",
		".":          "is a folder; name a SQLite file",
	} {
		_, err := open(t, database.Options{URL: filepath.Join(folder, name), Table: "customers"}, database.Plan{})
		require.ErrorContains(t, err, problem, name)
		require.Equal(t, database.Broken, database.ClassOf(err), name)
	}
	require.NoFileExists(t, filepath.Join(folder, "missing.db"))
}

// site's tables, of which most cannot be migrated.
const manyTables = `
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, loud TEXT AS (upper(name)), email TEXT UNIQUE, code TEXT NOT NULL,
	left INTEGER NOT NULL, right INTEGER NOT NULL);
CREATE UNIQUE INDEX by_code ON customers (code) WHERE id > 10;
CREATE UNIQUE INDEX by_place ON customers (left ASC, right DESC);
CREATE VIEW people AS SELECT * FROM customers;
CREATE TABLE keyless (id INTEGER, name TEXT);
CREATE TABLE mixed (id PRIMARY KEY NOT NULL, name TEXT);
INSERT INTO mixed (id) VALUES (1), ('two');
CREATE TABLE holey (id TEXT PRIMARY KEY, name TEXT);
INSERT INTO holey (id) VALUES ('one'), (NULL);
CREATE TABLE halves (id REAL PRIMARY KEY NOT NULL, name TEXT);
INSERT INTO halves (id) VALUES (0.5);`

func TestTablesThatCannotBeMigratedAreRefused(t *testing.T) {
	site := newSite(t, manyTables)
	for _, test := range []struct {
		table         string
		key           []string
		reads, writes []string
		problem       string
	}{
		{table: "client", problem: "there is no table client in " + site.Options.URL + "; there are customers, keyless, mixed, holey, halves"},
		{table: "people", problem: "is a view; name the table that holds the rows"},
		{table: "customers", reads: []string{"phone"}, problem: "table customers has no column phone; it has id, name, loud, email, code, left, right"},
		{table: "customers", writes: []string{"phone"}, problem: "table customers has no column phone; it has id,"},
		{table: "customers", writes: []string{"loud"}, problem: `cannot UPDATE generated column "loud"`},
		{table: "customers", writes: []string{"ID"}, problem: "writes column ID of table customers, which is part of the key"},
		{table: "customers", key: []string{"number"}, problem: "table customers has no column number; it has id,"},
		{table: "customers", key: []string{"email"}, problem: "column email of table customers may be NULL"},
		{table: "customers", key: []string{"code"}, problem: "table customers has no unique index on (code), in this order"},
		{table: "customers", key: []string{"left", "right"}, problem: "cannot walk through table customers by (left, right)"},
		{table: "customers", key: []string{"right", "left"}, problem: "no unique index on (right, left), in this order"},
		{table: "keyless", problem: "table keyless has no primary key; name the columns of a unique key in connection/key"},
		{table: "mixed", problem: "key column id of table mixed holds values from integer to text"},
		{table: "holey", problem: "key column id of table holey holds values from null to text"},
		{table: "halves", problem: "key column id of table halves holds values from real to real"},
	} {
		options := site.Options
		options.Table, options.Key = test.table, test.key
		_, err := open(t, options, database.Plan{Migration: "test", Reads: test.reads, Writes: test.writes})
		require.ErrorContains(t, err, test.problem)
		require.Equal(t, database.Broken, database.ClassOf(err), test.problem)
	}
}

func TestNamesMayBeSpeltInAnotherCase(t *testing.T) {
	site := newSite(t, manyTables+"INSERT INTO customers (id, name, code, left, right) VALUES (3, 'Anna', '', 1, 1)")
	site.Options.Table, site.Options.Key = "Customers", []string{"ID"}
	table, err := open(t, site.Options, database.Plan{Migration: "test", Reads: []string{"NAME", "Loud"}, Writes: []string{"Code"}})
	require.NoError(t, err)
	rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, "Anna", rows[0].Value("NAME"))
	require.Equal(t, "ANNA", rows[0].Value("Loud"))
	require.Equal(t, "customers", table.Target().Table)
}

// TestAReadOnlyFileIsBroken marks the file as one of a later format, which may
// be read but not written; permissions would not stop root.
func TestAReadOnlyFileIsBroken(t *testing.T) {
	site := newSite(t, manyTables)
	require.NoError(t, site.DB.Close())
	file, err := os.OpenFile(site.Options.URL, os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte{3}, 18) // the header's write version
	require.NoError(t, err)
	require.NoError(t, file.Close())
	table, err := open(t, site.Options, database.Plan{Migration: "test", Reads: []string{"name"}, Writes: []string{"code"}})
	require.NoError(t, err)
	_, err = table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "test"})
	require.ErrorContains(t, err, "readonly database")
	require.Equal(t, database.Broken, database.ClassOf(err))
}
