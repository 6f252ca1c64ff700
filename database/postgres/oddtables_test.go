package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
	"db-migrate/internal/testserver"
)

// prepare opens a site with other options, and prepares a plan.
func prepare(t *testing.T, options database.Options, plan database.Plan) (database.Table, error) {
	t.Helper()
	connection, err := postgres.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return connection.Prepare(t.Context(), plan)
}

// TestATablesNameIsTakenAsItIsWritten: Kunden meant kunden without a word, and My Table
// was a syntax error.
func TestATablesNameIsTakenAsItIsWritten(t *testing.T) {
	site := newSite(t, `CREATE TABLE kunden (id bigint PRIMARY KEY, name text); CREATE TABLE "Kunden" (id bigint PRIMARY KEY, name text);
		CREATE TABLE "My Table" (id bigint PRIMARY KEY, name text); CREATE TABLE "Orders" (id bigint PRIMARY KEY, name text); INSERT INTO "Kunden" VALUES (1, 'a')`)
	schema, _, _ := strings.Cut(urlOf(t, site).Query().Get("search_path"), ",")
	for configured, found := range map[string]string{"kunden": "kunden", "Kunden": "Kunden", "My Table": "My Table", `"My Table"`: "My Table", schema + ".Kunden": "Kunden", schema + `."Kunden"`: "Kunden"} {
		site.Options.Table = configured
		table, err := prepare(t, site.Options, goPlan("name"))
		require.NoError(t, err, configured)
		require.Equal(t, schema+"."+found, table.Target().Table)
	}
	site.Options.Table = "orders"
	_, err := prepare(t, site.Options, goPlan("name"))
	require.ErrorContains(t, err, `there is Orders, which is another name: write connection/table=Orders`)

	site.Options.Table = "Kunden"
	for text, says := range map[string]string{`UPDATE "Kunden" SET name = E'don\'t' WHERE id IN (:ids)`: "", `UPDATE Kunden SET name = 'x' WHERE id IN (:ids)`: "it updates Kunden, and connection/table is"} {
		_, err := prepare(t, site.Options, database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{text}}})
		if says == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, says)
		}
	}
}

func urlOf(t *testing.T, site databasetest.Site) *url.URL {
	parsed, err := url.Parse(site.Options.URL)
	require.NoError(t, err)
	return parsed
}

// TestHiddenRowsAreNoVanishedRows: those that a policy hides ended as vanished, exit 0.
func TestHiddenRowsAreNoVanishedRows(t *testing.T) {
	server(t) // or there is none installed
	t.Setenv("TEST_POSTGRES_URL", testserver.PostgreSQL().Start(t).URL)
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, tenant text); INSERT INTO customers VALUES (1, 'a', 'x'), (2, 'b', 'y'); CREATE POLICY one ON customers USING (tenant = 'x')")
	execute := func(statement string) {
		_, err := site.DB.Exec(statement)
		require.NoError(t, err, statement)
	}
	schema, _, _ := strings.Cut(urlOf(t, site).Query().Get("search_path"), ",")
	for _, statement := range []string{"CREATE ROLE limited LOGIN PASSWORD 'only-for-tests'", "GRANT ALL ON SCHEMA " + schema + " TO limited", "GRANT ALL ON customers TO limited"} {
		execute(statement)
	}
	its := urlOf(t, site)
	its.User = url.UserPassword("limited", "only-for-tests")
	site.Options.URL = its.String()
	table, err := prepare(t, site.Options, goPlan("name"))
	require.NoError(t, err)
	execute("ALTER TABLE customers ENABLE ROW LEVEL SECURITY")
	_, err = table.Read(t.Context(), database.Range{}, nil, 10)
	require.ErrorContains(t, err, "query would be affected by row-level security policy", "a policy that comes in mid-run")
	_, err = prepare(t, site.Options, goPlan("name"))
	require.ErrorContains(t, err, "row security holds on table customers for the worker's user")
	require.ErrorContains(t, err, "BYPASSRLS")
	execute("GRANT limited TO CURRENT_USER")
	execute("ALTER TABLE customers OWNER TO limited")
	_, err = prepare(t, site.Options, goPlan("name"))
	require.NoError(t, err)
}

// TestRulesAndRepeatedKeysAreProblems: their runs repeated the same set for ever.
func TestRulesAndRepeatedKeysAreProblems(t *testing.T) {
	site := newSite(t, `CREATE TABLE log (id bigint); CREATE TABLE customers (id bigint PRIMARY KEY, name text);
		CREATE RULE noted AS ON UPDATE TO customers DO ALSO INSERT INTO log VALUES (new.id)`)
	require.Contains(t, examine(t, site, goPlan("name")).Problems[0], "rule noted (ON UPDATE DO ALSO) rewrites every UPDATE of table customers")
	_, err := site.DB.Exec("ALTER TABLE customers DISABLE RULE noted; CREATE TABLE special () INHERITS (customers); INSERT INTO customers VALUES (1, 'a'), (2, 'b'); INSERT INTO special VALUES (3, 'c')")
	require.NoError(t, err)
	seen := examine(t, site, goPlan("name"))
	require.Empty(t, seen.Problems)
	require.Contains(t, texts(seen), "rows of special are rows of table customers, too (INHERITS): they are migrated")
	_, err = site.DB.Exec("INSERT INTO special VALUES (2, 'd')")
	require.NoError(t, err)
	require.Contains(t, examine(t, site, goPlan("name")).Problems[0], "key 2 is more than once in table customers: in the table itself and in those that inherit from it (special)")
}

// TestATableThatInheritsHasNoIndex, as in the first editions of Pagila: the statements were
// blamed, our own ones, too.
func TestATableThatInheritsHasNoIndex(t *testing.T) {
	site := newSite(t, `CREATE TABLE customers (id bigint PRIMARY KEY, name text); CREATE TABLE special () INHERITS (customers);
		INSERT INTO special SELECT n, 'x' FROM generate_series(1, 3000) n; ANALYZE special`)
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET name = 'y' WHERE id IN (:ids)"}}}
	seen := texts(examine(t, site, plan))
	require.Contains(t, seen, "FULL SCAN: scan reads ALL of table special each time it runs, since that has no index on the key (id); make one")
	require.NotContains(t, seen, "compare bare columns")
	_, err := site.DB.Exec("CREATE UNIQUE INDEX ON special (id)")
	require.NoError(t, err)
	require.NotContains(t, texts(examine(t, site, plan)), "FULL SCAN")
}

// TestACheckOfManyPartitionsIsAPage, and not a line for each partition and statement; a
// table of a few rows is no reason to shout.
func TestACheckOfManyPartitionsIsAPage(t *testing.T) {
	site := newSite(t, `CREATE TABLE customers (id bigint, day int, name text, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
		DO $$ BEGIN FOR n IN 1..60 LOOP EXECUTE format('CREATE TABLE part_%s PARTITION OF customers FOR VALUES IN (%s)', n, n); END LOOP; END $$;
		INSERT INTO customers SELECT n, n % 60 + 1, 'x' FROM generate_series(1, 3000) n`)
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Check: "SELECT id, day FROM customers WHERE (id, day) IN (:ids)", Migrate: []string{"UPDATE customers SET name = 'y' WHERE ((id, day) IN (:ids)) IS TRUE"}}}
	seen := examine(t, site, plan)
	lines := len(seen.Notices)
	for _, statement := range seen.Statements {
		lines += 2 + len(statement.Plan)
	}
	require.Less(t, lines, 100)
	require.LessOrEqual(t, strings.Count(texts(seen), "FULL SCAN: migrate statement 1"), 1)

	site = newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text); INSERT INTO customers VALUES (1, 'a')")
	plan = database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET name = 'x' WHERE id + 0 = :id"}}}
	require.NotContains(t, texts(examine(t, site, plan)), "FULL SCAN")
}

// TestNamesMayBeOurs: key columns named run, range or outcome were specified more than
// once, and the set repeated for ever.
func TestNamesMayBeOurs(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY)")
	quote := func(name string) string { return `"` + name + `"` }
	databasetest.RequireNames(t, postgres.Driver{}, site.Options, func(table string, key [2]string) {
		_, err := site.DB.Exec(strings.NewReplacer("TABLE", quote(table), "ONE", quote(key[0]), "TWO", quote(key[1])).Replace("CREATE table TABLE (ONE bigint, TWO bigint, a text, PRIMARY KEY (ONE, TWO)); INSERT INTO TABLE VALUES (1, 2), (1, 3), (2, 1)"))
		require.NoError(t, err)
	}, quote)
}

// TestATypeThatChangesInMidRun fails the attempt, and a table that is prepared anew is
// written.
func TestATypeThatChangesInMidRun(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, a integer); INSERT INTO customers SELECT n, n, n FROM generate_series(1, 4) n")
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	plan := database.Plan{Migration: "m", Reads: []string{"a"}, Writes: []string{"a"}}
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	write := func(after database.Key, value any) error {
		rows, err := table.Read(t.Context(), database.Range{After: after}, nil, 1)
		if err != nil {
			return err
		}
		writes := []database.Write{{Row: rows[0]}}
		writes[0].Change.Set("a", value)
		written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
		if err == nil {
			require.Equal(t, []bool{true}, written.Rows)
		}
		return err
	}
	require.NoError(t, write(nil, int64(10)))
	_, err = site.DB.Exec("ALTER TABLE customers ALTER a TYPE text")
	require.NoError(t, err)
	for range 8 { // each connection has its statements
		if err = write(database.Key{"1"}, "20"); err != nil {
			require.Equal(t, database.Broken, database.ClassOf(err))
		}
	}
	require.Error(t, err)
	table, err = connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	for tries := 0; ; tries++ {
		if err = write(database.Key{"1"}, "20"); err == nil {
			break
		}
		require.Less(t, tries, 8)
	}
	var seen string
	require.NoError(t, site.DB.QueryRow("SELECT string_agg(a, ',' ORDER BY id) FROM customers").Scan(&seen))
	require.Equal(t, "10,20,3,4", seen)
}
