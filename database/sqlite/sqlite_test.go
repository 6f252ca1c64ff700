package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/sqlite"
)

// keys declares the key columns of each kind, and the primary key.
var keys = map[databasetest.KeyKind][2]string{
	databasetest.Numbers:     {"id INTEGER NOT NULL", "id"},
	databasetest.LongTexts:   {"id TEXT NOT NULL", "id"},
	databasetest.BrokenTexts: {"id TEXT NOT NULL", "id"},
	databasetest.UUIDs:       {"id CHAR(36) NOT NULL", "id"},
	databasetest.Texts:       {"id VARCHAR(40) NOT NULL", "id"},
	databasetest.Caseless:    {"id TEXT NOT NULL COLLATE NOCASE", "id"},
	databasetest.Bytes:       {"id BLOB NOT NULL", "id"},
	databasetest.Pairs:       {"region TEXT NOT NULL COLLATE NOCASE, id BIGINT NOT NULL", "region, id"},
}

const siteSchema = `
CREATE TABLE audit (name TEXT, first_name TEXT);
CREATE TABLE notes (name TEXT PRIMARY KEY);
CREATE TRIGGER audited AFTER UPDATE OF first_name ON customers
BEGIN INSERT INTO audit VALUES (new.name, new.first_name); END;
CREATE TRIGGER refused BEFORE UPDATE OF first_name ON customers WHEN new.first_name = 'refused'
BEGIN SELECT RAISE(ABORT, 'no customer has that name'); END;`

func harness() databasetest.Harness {
	return databasetest.Harness{
		Driver: sqlite.Driver{},
		Kinds:  []databasetest.KeyKind{databasetest.Numbers, databasetest.Texts, databasetest.LongTexts, databasetest.BrokenTexts, databasetest.Caseless, databasetest.UUIDs, databasetest.Bytes, databasetest.Pairs},
		New: func(t *testing.T, kind databasetest.KeyKind) databasetest.Site {
			return newSite(t, "CREATE TABLE customers ("+keys[kind][0]+`, name TEXT NOT NULL UNIQUE COLLATE NOCASE, amount INTEGER, data BLOB, anything,
				first_name TEXT CHECK (length(first_name) <= 12000), score INTEGER CHECK (score < 1000), PRIMARY KEY (`+keys[kind][1]+"));"+siteSchema)
		},
		Lacks:      []databasetest.Feature{databasetest.EarlyChecks, databasetest.WritesInWith},
		LeavesCarl: []string{"CREATE TRIGGER leaves BEFORE UPDATE ON customers WHEN old.name = 'Carl' BEGIN SELECT RAISE(IGNORE); END"},
		MovesCarl:  []string{"CREATE TRIGGER moves AFTER UPDATE OF first_name ON customers WHEN old.name = 'Carl' BEGIN UPDATE customers SET id = -id WHERE id = new.id; END"},
		Signs:      []string{`[name] <> '"?'`, "`name` <> '''?'"},
		FailsAtCommit: []string{
			"CREATE TABLE allowed (name TEXT PRIMARY KEY)",
			"ALTER TABLE customers ADD COLUMN allowed TEXT REFERENCES allowed (name) DEFERRABLE INITIALLY DEFERRED",
			"CREATE TRIGGER late AFTER UPDATE OF first_name ON customers WHEN new.first_name = 'late' BEGIN UPDATE customers SET allowed = 'no' WHERE id = new.id; END"},
		Lookalikes: []databasetest.Lookalike{
			{Column: "name", Before: "'Ann'", After: "'ANN'"}, {Column: "anything", Before: "1", After: "'1'"},
			{Column: "anything", Before: "1", After: "1.0"}, {Column: "anything", Before: "'1'", After: "'1.0'"},
			{Column: "anything", Before: "'a'", After: "x'61'"}, {Column: "anything", Before: "''", After: "x''"},
			{Column: "anything", Before: "NULL", After: "''"}, {Column: "anything", Before: "NULL", After: "x''"},
			{Column: "anything", Before: "'a'", After: "'a '"}, {Column: "anything", Before: "9007199254740993", After: "9007199254740992.0"},
			{Column: "amount", Before: "1", After: "1.5"}, {Column: "amount", Before: "'one'", After: "x'6f6e65'"},
			{Column: "data", Before: "x'00'", After: "x'0000'"}, {Column: "first_name", Before: "'e'||char(769)", After: "char(233)"},
			{Column: "first_name", Before: "'a'", After: "'a'||char(0)"}, {Column: "first_name", Before: "'a'", After: "x'61'"},
			{Column: "first_name", Before: "CAST(x'ff' AS TEXT)", After: "CAST(x'fe' AS TEXT)"},
		},
	}
}

// newSite makes a database file and opens it as the site does.
func newSite(t testing.TB, schema string) databasetest.Site {
	path := filepath.Join(t.TempDir(), "a site's 100%?#.db")
	site := openSite(t, path)
	_, err := site.Exec(schema)
	require.NoError(t, err)
	return databasetest.Site{DB: site, Options: database.Options{URL: path, Table: "customers", Processes: 3, StatementTimeout: time.Minute}}
}

func openSite(t testing.TB, path string) *sql.DB {
	site, err := sql.Open("sqlite", sqlite.Address(path, "rwc")+"&_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	return site
}

func TestConformance(t *testing.T) { databasetest.Run(t, harness()) }
