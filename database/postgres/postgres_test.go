package postgres_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx", for the site
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
)

// server is the address of a PostgreSQL for tests.
func server(t testing.TB) string {
	address := os.Getenv("TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("TEST_POSTGRES_URL is not set: make services")
	}
	return address
}

// keys declares the key columns of each kind, and the primary key.
var keys = map[databasetest.KeyKind][2]string{
	databasetest.Numbers:   {"id bigint", "id"},
	databasetest.Texts:     {`id text COLLATE "C"`, "id"},
	databasetest.LongTexts: {`id varchar(1024) COLLATE "C"`, "id"},
	databasetest.Caseless:  {"id public.citext", "id"},
	databasetest.Bytes:     {"id bytea", "id"},
	databasetest.UUIDs:     {"id uuid", "id"},
	databasetest.Pairs:     {"region varchar(40), id bigint", "region, id"},
}

const siteSchema = `
CREATE TABLE audit (name text, first_name text);
CREATE TABLE notes (name text PRIMARY KEY);
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF new.first_name = 'refused' THEN RAISE EXCEPTION 'no customer has that name'; END IF;
	INSERT INTO audit VALUES (new.name, new.first_name); RETURN new; END $$;
CREATE TRIGGER audited BEFORE UPDATE OF first_name ON customers FOR EACH ROW EXECUTE FUNCTION audited();`

func harness() databasetest.Harness {
	return databasetest.Harness{
		Driver: postgres.Driver{},
		Kinds:  []databasetest.KeyKind{databasetest.Numbers, databasetest.Texts, databasetest.LongTexts, databasetest.Caseless, databasetest.Bytes, databasetest.UUIDs, databasetest.Pairs},
		New: func(t *testing.T, kind databasetest.KeyKind) databasetest.Site {
			return newSite(t, "CREATE TABLE customers ("+keys[kind][0]+`, name public.citext NOT NULL UNIQUE, amount bigint, data bytea, anything text,
				first_name varchar(12000), score integer CHECK (score < 1000), PRIMARY KEY (`+keys[kind][1]+"));"+siteSchema)
		},
		LeavesCarl: []string{"CREATE FUNCTION leaves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
			"CREATE TRIGGER a_leaves BEFORE UPDATE ON customers FOR EACH ROW WHEN (old.name = 'Carl') EXECUTE FUNCTION leaves()"},
		MovesCarl: []string{"CREATE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.id = -new.id; RETURN new; END $$",
			"CREATE TRIGGER a_moves BEFORE UPDATE ON customers FOR EACH ROW WHEN (old.name = 'Carl') EXECUTE FUNCTION moves()"},
		Signs: []string{`jsonb_build_object('a', 1) ? 'a'`, `$$it's ?$$ <> $a$"?$a$`, `E'\'?' <> name`, `name <> U&'?'`},
		FailsAtCommit: []string{
			"CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'that is too late'; END $$",
			"CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.first_name = 'late') EXECUTE FUNCTION late()"},
		Lookalikes: []databasetest.Lookalike{
			{Column: "name", Before: "'Ann'", After: "'ANN'"}, {Column: "anything", Before: "NULL", After: "''"},
			{Column: "anything", Before: "'a'", After: "'a '"}, {Column: "data", Before: `'\x00'`, After: `'\x0000'`},
			{Column: "data", Before: "NULL", After: "''"}, {Column: "first_name", Before: `U&'e\0301'`, After: `U&'\00e9'`},
		},
	}
}

// newSite makes a schema of its own, and opens it as the site does.
func newSite(t testing.TB, schema string) databasetest.Site {
	address := server(t)
	name := fmt.Sprintf("site_%d", time.Now().UnixNano())
	site := openSite(t, withSchema(t, address, name+",public"))
	_, err := site.Exec("CREATE SCHEMA " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := site.Exec("DROP SCHEMA " + name + " CASCADE")
		require.NoError(t, err)
	})
	_, err = site.Exec(schema)
	require.NoError(t, err)
	return databasetest.Site{DB: site, Rebind: rebind, Options: database.Options{URL: withSchema(t, address, name+",public"), Table: "customers",
		Processes: 3, StatementTimeout: time.Minute, ConnectTimeout: time.Minute}}
}

func withSchema(t testing.TB, address, schema string) string {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	values := parsed.Query()
	values.Set("search_path", schema)
	parsed.RawQuery = values.Encode()
	return parsed.String()
}

func openSite(t testing.TB, address string) *sql.DB {
	site, err := sql.Open("pgx", address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	return site
}

// rebind puts $1, $2 … in place of question marks.
func rebind(statement string) string {
	parts := strings.Split(statement, "?")
	for i := range parts[1:] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}

func TestConformance(t *testing.T) {
	server(t)
	databasetest.Run(t, harness())
}
