package postgres_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
	"db-migrate/internal/testserver"
)

// examine examines a site's customers for a plan.
func examine(t *testing.T, site databasetest.Site, plan database.Plan) database.Examination {
	t.Helper()
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	return seen
}

// texts are the notices' texts, a loud one with ! before it; those about the
// server's own replicas are left out.
func texts(seen database.Examination) string {
	var list strings.Builder
	for _, notice := range seen.Notices {
		if strings.HasPrefix(notice.Text, "replica") {
			continue
		}
		if notice.Loud {
			list.WriteString("! ")
		}
		list.WriteString(notice.Text + "\n")
	}
	return list.String()
}

func goPlan(writes ...string) database.Plan {
	return database.Plan{Migration: "look", Reads: []string{"name"}, Writes: writes}
}

const customers = `CREATE TABLE countries (code text PRIMARY KEY);
	CREATE TABLE customers (id bigint PRIMARY KEY, name text, first_name text, country text REFERENCES countries, code text UNIQUE,
		loud text GENERATED ALWAYS AS (upper(first_name)) STORED, updated_at timestamptz);
	CREATE TABLE orders (customer text REFERENCES customers (code));
	CREATE INDEX by_lower_name ON customers (lower(first_name));
	CREATE INDEX by_name ON customers (name) WHERE first_name IS NOT NULL;`

// What will feel the migration depends on the columns that it writes.
func TestNotices(t *testing.T) {
	site := newSite(t, customers+`
		CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
		CREATE TRIGGER any_change BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION noted();
		CREATE TRIGGER of_first_name AFTER UPDATE OF first_name, name ON customers FOR EACH ROW EXECUTE FUNCTION noted();
		CREATE TRIGGER each_statement AFTER UPDATE ON customers FOR EACH STATEMENT EXECUTE FUNCTION noted();
		CREATE TRIGGER of_code AFTER UPDATE OF code ON customers FOR EACH ROW EXECUTE FUNCTION noted();
		CREATE TRIGGER inserted AFTER INSERT ON customers FOR EACH ROW EXECUTE FUNCTION noted();
		CREATE TRIGGER asleep AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION noted();
		ALTER TABLE customers DISABLE TRIGGER asleep; ALTER TABLE customers ENABLE ROW LEVEL SECURITY`)
	require.Equal(t, `the table is empty, so that the database's plans say nothing, and are not shown
trigger any_change fires for every migrated row (BEFORE UPDATE): it calls noted
trigger each_statement fires for every migrated row (AFTER UPDATE): it calls noted, once for each statement
trigger of_first_name fires for every migrated row (AFTER UPDATE OF name, first_name): it calls noted
column loud is generated, and computed again for every migrated row: upper(first_name)
column updated_at is not written by the migration: unless a trigger sets it, whoever finds changed rows by it (an export, a search index) will not see the migrated ones
index by_lower_name on first_name: every migrated row is entered into it anew
index by_name on first_name, name: every migrated row is entered into it anew
the table was never analyzed: PostgreSQL guesses its size and plans; ANALYZE "SITE"."customers"
row security is on, and does not hold for the worker's user: all rows are migrated
`, own(site, texts(examine(t, site, goPlan("first_name")))))
	written := texts(examine(t, site, goPlan("code", "country", "updated_at")))
	for _, part := range []string{"trigger of_code fires", "index customers_code_key on code",
		"foreign key customers_country_fkey: a new value of country must be in table countries",
		"foreign key orders_customer_fkey: table orders refers to code"} {
		require.Contains(t, written, part)
	}
	require.NotContains(t, written, "of_first_name")
	require.NotContains(t, written, "updated_at")
	sql := database.Plan{Migration: "look", Statements: &database.Statements{Migrate: []string{`UPDATE customers SET "code" = upper(name) WHERE id IN (:ids)`}}}
	require.Contains(t, texts(examine(t, site, sql)), "trigger of_code fires")
	require.NotContains(t, texts(examine(t, site, sql)), "of_first_name")
}

// own puts a fixed name in place of the site's schema.
func own(site databasetest.Site, text string) string {
	parsed, _ := url.Parse(site.Options.URL)
	schema, _, _ := strings.Cut(parsed.Query().Get("search_path"), ",")
	return strings.ReplaceAll(text, schema, "SITE")
}

func TestStatisticsThatAreOld(t *testing.T) {
	site := newSite(t, customers+"INSERT INTO customers (id, name) SELECT n, 'x' FROM generate_series(1, 5000) n; ANALYZE customers")
	require.NotContains(t, texts(examine(t, site, goPlan("first_name"))), "analyze")
	_, err := site.DB.Exec("INSERT INTO customers (id, name) SELECT n, 'x' FROM generate_series(5001, 9000) n; SELECT pg_stat_force_next_flush()")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(texts(examine(t, site, goPlan("first_name"))), " rows have changed since: PostgreSQL guesses")
	}, time.Minute, 100*time.Millisecond)
}

// A table that is published without an identity refuses each update.
func TestPublications(t *testing.T) {
	site := newSite(t, customers)
	name := "published_" + strconv.FormatInt(time.Now().UnixNano(), 10)
	_, err := site.DB.Exec("CREATE PUBLICATION " + name + " FOR TABLE customers")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := site.DB.Exec("DROP PUBLICATION " + name)
		require.NoError(t, err)
	})
	for identity, expected := range map[string]string{
		"DEFAULT": "publication " + name + ": every migrated row is sent to its subscribers, in transactions",
		"FULL":    "! publication " + name + ": every migrated row is sent to its subscribers, and with REPLICA IDENTITY FULL",
	} {
		_, err := site.DB.Exec("ALTER TABLE customers REPLICA IDENTITY " + identity)
		require.NoError(t, err)
		seen := examine(t, site, goPlan("first_name"))
		require.Contains(t, texts(seen), expected)
		require.Empty(t, seen.Problems)
	}
	_, err = site.DB.Exec("ALTER TABLE customers REPLICA IDENTITY NOTHING")
	require.NoError(t, err)
	require.Contains(t, strings.Join(examine(t, site, goPlan("first_name")).Problems, "\n"), "is published ("+name+") without a REPLICA IDENTITY: PostgreSQL refuses every UPDATE of it")
	_, err = site.DB.Exec("INSERT INTO customers (id) VALUES (1); UPDATE customers SET first_name = 'x'")
	require.ErrorContains(t, err, "does not have a replica identity", "that is what it says")
}

// A worker whose user may not create tables works on those that the DBA has made
// by the printed script, and before it the start is refused.
func TestAUserWhoMayNotCreate(t *testing.T) {
	server(t) // or there is none installed
	t.Setenv("TEST_POSTGRES_URL", testserver.PostgreSQL().Start(t).URL)
	site := newSite(t, customers+"INSERT INTO customers (id, name) VALUES (1, 'Anna')")
	name := "lowly_" + strconv.FormatInt(time.Now().UnixNano(), 10)
	exec := func(statement string) {
		t.Helper()
		_, err := site.DB.Exec(statement)
		require.NoError(t, err, statement)
	}
	exec("CREATE ROLE " + name + " LOGIN PASSWORD 'only-for-tests'")
	t.Cleanup(func() {
		exec("GRANT " + name + " TO CURRENT_USER")
		exec("DROP OWNED BY " + name)
		exec("DROP ROLE " + name)
	})
	parsed, err := url.Parse(site.Options.URL)
	require.NoError(t, err)
	parsed.User = url.UserPassword(name, "only-for-tests")
	schema, _, _ := strings.Cut(parsed.Query().Get("search_path"), ",")
	exec("GRANT USAGE ON SCHEMA " + schema + " TO " + name)
	exec("GRANT SELECT ON customers TO " + name)
	lowly := site
	lowly.Options.URL = parsed.String()
	problems := strings.Join(examine(t, lowly, goPlan("first_name")).Problems, "\n")
	require.Contains(t, problems, "write: permission denied for table customers")
	require.Contains(t, problems, "user "+name+" may not create tables in schema "+schema+", and these are missing: ")

	connection, err := postgres.Driver{}.Open(t.Context(), lowly.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), goPlan("first_name"))
	require.NoError(t, err)
	request := database.RunRequest{ID: "one", Migration: "look", Environment: "test", Cluster: "here", Definition: "d"}
	_, err = table.Begin(t.Context(), request)
	require.ErrorContains(t, err, "cannot be created")
	ddl, err := table.LedgerDDL(t.Context())
	require.NoError(t, err)
	for _, statement := range append(ddl.Tables, ddl.Grants...) {
		exec(statement)
	}
	require.Empty(t, examine(t, lowly, goPlan("first_name")).Problems)
	begun, err := table.Begin(t.Context(), request)
	require.NoError(t, err)
	rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	var change database.Change
	change.Set("first_name", "A.")
	written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, []database.Write{{Row: rows[0], Change: change}})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, written.Rows)
	require.NoError(t, table.End(t.Context(), begun.Run, database.Ending{Outcome: "completed"}))
	_, err = table.DropLedger(t.Context(), database.DropRequest{})
	require.ErrorContains(t, err, "cannot be dropped, and nothing was: ")
	require.ErrorContains(t, err, "whoever created it can: DROP TABLE ")
}

// A statement that finds its customers by another index reads more of them, the
// more of them there are.
func TestAStatementThatGoesByAnotherIndex(t *testing.T) {
	site := newSite(t, customers+"INSERT INTO customers (id, name) SELECT n, 'x' FROM generate_series(1, 20000) n; CREATE INDEX by_country ON customers (country); ANALYZE customers")
	sql := database.Plan{Migration: "look", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET first_name = 'x' WHERE country IS NULL AND id + 0 = :id"}}}
	require.Regexp(t, `! NOT BY THE KEY: migrate statement 1 reads about 20,000 rows of table customers each time it runs, by index by_country`, texts(examine(t, site, sql)))
	sql.Statements.Migrate[0] = "UPDATE customers SET first_name = other.name FROM customers AS other WHERE other.code = customers.code AND customers.id = :id"
	seen := texts(examine(t, site, sql))
	require.Contains(t, seen, "migrate statement 1 finds rows of table customers by index customers_code_key, and not by the key")
	require.NotContains(t, seen, "! NOT BY")
}
