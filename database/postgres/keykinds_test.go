package postgres_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
)

// kindsOfKeys are types of keys, and values of three rows in their order.
var kindsOfKeys = map[string][3]string{
	"numeric(20,0)":    {"1500000000000000001", "1500000000000000002", "1500000000000000003"},
	"numeric":          {"1.0", "1.10", "NaN"},
	"double precision": {"-Infinity", "0.1", "0.30000000000000004"},
	"real":             {"0.1", "0.2", "16777216"},
	"bpchar(5)":        {"a", "b", "c"},
	"varchar(3)":       {"a", "ab", "abc"},
	`text COLLATE "C"`: {`A`, `\x41`, `\x4`},
	"public.citext":    {"a", "B", "c"},
	"date":             {"0044-03-15 BC", "2026-01-01", "infinity"},
	"timestamp(0)":     {"2026-01-01 00:00:00", "2026-01-01 00:00:01", "2026-01-02 00:00:00"},
	"timestamptz":      {"2026-01-01 00:00:00.000001+00", "2026-01-01 00:00:00.000002+00", "2026-01-02 00:00:00+00"},
	"time(3)":          {"00:00:00.001", "12:00:00", "24:00:00"},
	"timetz":           {"00:00:00+00", "01:00:00+00", "02:00:00-05"},
	"interval":         {"-1 day", "00:00:01", "1 year 2 mons"},
	"inet":             {"10.0.0.0/8", "10.0.0.1", "::1"},
	"cidr":             {"10.0.0.0/8", "10.0.0.0/24", "::/0"},
	"macaddr":          {"08:00:2b:01:02:03", "08:00:2b:01:02:04", "ff:ff:ff:ff:ff:ff"},
	"boolean":          {"f", "t", ""},
	"bit(3)":           {"001", "010", "111"},
	"varbit":           {"0", "01", "1"},
	"mood":             {"sad", "ok", "happy"},
	"short":            {"a", "ab", "abc"},
	"shorter":          {"a", "ab", "abc"},
	"even":             {"2", "4", "10"},
	"integer[]":        {"{}", "{1}", "{1,NULL}"},
	"jsonb":            {"[]", "1", `{"a": 1.0}`},
	"bytea":            {`\x`, `\x41`, `\x5c783431`},
}

const types = `CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN short AS varchar(3) COLLATE "C"; CREATE DOMAIN shorter AS short CHECK (length(value) > 0);
	CREATE DOMAIN even AS integer CHECK (value % 2 = 0);`

// TestKeysCompareAsTheirColumnDoes, in everything that is done with them.
func TestKeysCompareAsTheirColumnDoes(t *testing.T) {
	server(t)
	for kind, values := range kindsOfKeys {
		if values[0]+values[1] == "" {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			for _, statements := range []*database.Statements{nil,
				{Migrate: []string{"UPDATE customers SET a = 'new ' || b WHERE id = :id"}},
				{Check: "SELECT id FROM customers WHERE id IN (:ids) AND a IS NULL", Migrate: []string{"UPDATE customers SET a = 'new ' || b WHERE id IN (:ids) AND a IS NULL"}},
			} {
				site := newSite(t, types+"CREATE TABLE customers (id "+kind+" PRIMARY KEY, a text, b text)")
				migrateAll(t, site, values[:], statements)
			}
		})
	}
}

// migrateAll puts rows with these keys into a table, and migrates them.
func migrateAll(t *testing.T, site databasetest.Site, values []string, statements *database.Statements) {
	t.Helper()
	values = strings.Split(strings.TrimRight(strings.Join(values, "\n"), "\n"), "\n")
	for i, value := range values {
		_, err := site.DB.Exec("INSERT INTO customers (id, b) VALUES ('"+value+"', $1)", fmt.Sprint(i))
		require.NoError(t, err)
	}
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	plan := database.Plan{Migration: "m", Statements: statements}
	if statements == nil {
		plan.Reads, plan.Writes = []string{"b"}, []string{"a"}
	}
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)

	keys, err := table.Fetch(t.Context(), nil, nil, 10)
	require.NoError(t, err)
	require.Len(t, keys, len(values))
	page, err := table.Fetch(t.Context(), keys[0], keys[1], 10)
	require.NoError(t, err)
	require.Equal(t, keys[1:2], page)
	for _, key := range keys {
		parsed, err := table.ParseKey(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, key, parsed)
	}
	rows, err := table.ReadKeys(t.Context(), keys)
	require.NoError(t, err)
	require.Len(t, rows, len(values))
	needed, err := table.Check(t.Context(), keys)
	require.NoError(t, err)
	require.NotContains(t, needed, false)

	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i].Row = row
		if statements == nil {
			writes[i].Change.Set("a", "new "+row.Text("b"))
		}
	}
	mark := database.Mark{Run: begun.Run, Sequence: 1}
	written, err := table.Write(t.Context(), mark, writes[1:])
	require.NoError(t, err)
	require.NotContains(t, written.Rows, false)
	outcomes, err := table.Traits().Singly.WriteEach(t.Context(), mark, writes[:1])
	require.NoError(t, err)
	require.Equal(t, []database.Outcome{{Written: true}}, outcomes)
	ledger, err := table.Ledger(t.Context(), keys)
	require.NoError(t, err)
	require.Len(t, ledger, len(values))
	ledger, err = table.LedgerOfRange(t.Context(), mark, database.Range{}, keys[0], keys[1])
	require.NoError(t, err)
	require.Len(t, ledger, 1)
	var done int
	require.NoError(t, site.DB.QueryRow("SELECT count(*) FROM customers WHERE a = 'new ' || b").Scan(&done))
	require.Equal(t, len(values), done)
}

// TestAKeyThatIsTooLongIsNobodys: a cast would cut it, and find another row.
func TestAKeyThatIsTooLongIsNobodys(t *testing.T) {
	for kind, test := range map[string]struct{ there, tooLong string }{
		"varchar(3)": {"abc", "abcdef"}, "char(3)": {"abc", "abcdef"}, "short": {"abc", "abcdef"},
		"numeric(5,2)": {"1.01", "1.005"}, "timestamp(0)": {"2026-01-01 00:00:01", "2026-01-01 00:00:00.6"}, "bit(3)": {"101", "1011"},
	} {
		site := newSite(t, types+"CREATE TABLE customers (id "+kind+" PRIMARY KEY, a text); INSERT INTO customers VALUES ('"+test.there+"')")
		connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
		require.NoError(t, err)
		for text, found := range map[string]int{test.there: 1, test.tooLong: 0} {
			key, err := table.ParseKey(t.Context(), []string{text})
			require.NoError(t, err)
			rows, err := table.ReadKeys(t.Context(), []database.Key{key})
			require.NoError(t, err)
			require.Len(t, rows, found, "%s %s", kind, text)
		}
	}
}

// TestNoCastCuts: what a column cannot hold is the row's own error, as it is of any
// other client.
func TestNoCastCuts(t *testing.T) {
	for kind, tooLong := range map[string]string{
		"varchar(5)": "Christopher", "char(5)": "Christopher", "short": "Christopher", "shorter": "Christopher", "bit(3)": "10101", "varbit(3)": "10101", "short[]": "{Christopher}",
		"numeric(3,1)": "100.1", "even": "3",
	} {
		site := newSite(t, types+"CREATE TABLE customers (id bigint PRIMARY KEY, a "+kind+"); INSERT INTO customers VALUES (1), (2)")
		connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
		require.NoError(t, err)
		begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
		require.NoError(t, err)
		rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
		require.NoError(t, err)
		writes := []database.Write{{Row: rows[0]}, {Row: rows[1]}}
		for i := range writes {
			writes[i].Change.Set("a", tooLong)
		}
		mark := database.Mark{Run: begun.Run, Sequence: 1}
		_, err = table.Write(t.Context(), mark, writes)
		require.Equal(t, database.Own, database.ClassOf(err), "%s: %v", kind, err)
		outcomes, err := table.Traits().Singly.WriteEach(t.Context(), mark, writes)
		require.NoError(t, err)
		require.Equal(t, database.Own, database.ClassOf(outcomes[0].Err), kind)
		var done int
		require.NoError(t, site.DB.QueryRow("SELECT count(*) FROM customers WHERE a IS NOT NULL").Scan(&done))
		require.Zero(t, done, kind)
	}
}

// TestColumnsOfDomainsAreComparedAndWritten by the types below.
func TestColumnsOfDomainsAreComparedAndWritten(t *testing.T) {
	site := newSite(t, types+"CREATE TABLE customers (id bigint PRIMARY KEY, a shorter, n even); INSERT INTO customers VALUES (1, 'abc', 2), (2, 'ab', 4)")
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"n"}, Writes: []string{"a"}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, int64(2), rows[0].Value("n"))
	_, err = site.DB.Exec("UPDATE customers SET n = 6 WHERE id = 2")
	require.NoError(t, err)
	writes := []database.Write{{Row: rows[0]}, {Row: rows[1]}}
	for i := range writes {
		writes[i].Change.Set("a", "new")
	}
	written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, written.Rows)
}

// newDatabase makes a database of another encoding, and opens it as the site does.
func newDatabase(t *testing.T, encoding, schema string) databasetest.Site {
	address := server(t)
	name := fmt.Sprintf("site_%d", time.Now().UnixNano())
	maker := openSite(t, address)
	_, err := maker.Exec("CREATE DATABASE " + name + " ENCODING '" + encoding + "' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := maker.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(t, err)
	})
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	parsed.Path = "/" + name
	values := parsed.Query()
	values.Set("client_encoding", encoding)
	parsed.RawQuery = values.Encode()
	site := openSite(t, parsed.String())
	_, err = site.Exec(schema)
	require.NoError(t, err)
	return databasetest.Site{DB: site, Options: database.Options{URL: parsed.String(), Table: "customers", Processes: 3, StatementTimeout: time.Minute, ConnectTimeout: time.Minute}}
}

// TestKeysThatAreNoUTF8: a database in SQL_ASCII holds any bytes. As U+FFFD the bound
// lay before 500 of 1,500 rows.
func TestKeysThatAreNoUTF8(t *testing.T) {
	for _, statements := range []*database.Statements{nil,
		{Migrate: []string{"UPDATE customers SET a = 'new ' || b WHERE id = :id"}},
		{Check: "SELECT id FROM customers WHERE id IN (:ids) AND a IS NULL", Migrate: []string{"UPDATE customers SET a = 'new ' || b WHERE id IN (:ids) AND a IS NULL"}},
	} {
		site := newDatabase(t, "SQL_ASCII", "CREATE TABLE customers (id varchar(20) PRIMARY KEY, a text, b text)")
		migrateAll(t, site, []string{"a", "\\x41", "m\xc3\xbcller", "m\xfcller", "z", "\xfc"}, statements)
	}
}

// TestOtherEncodingsAreConverted by the server, whatever the URL says: what the
// migration reads and writes is UTF-8.
func TestOtherEncodingsAreConverted(t *testing.T) {
	site := newDatabase(t, "LATIN1", "CREATE TABLE customers (id varchar(20) PRIMARY KEY, a text, b text)")
	site.Options.URL = strings.Replace(site.Options.URL, "client_encoding", "Client_Encoding", 1)
	_, err := site.DB.Exec("INSERT INTO customers VALUES ('m\xfcller', NULL, 'gr\xfcn')")
	require.NoError(t, err)
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"b"}, Writes: []string{"a"}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	rows, err := table.ReadKeys(t.Context(), []database.Key{{"müller"}})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "grün", rows[0].Value("b"))
	write := database.Write{Row: rows[0]}
	write.Change.Set("a", "grün")
	written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, []database.Write{write})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, written.Rows)
	var same bool
	require.NoError(t, site.DB.QueryRow("SELECT a = b FROM customers").Scan(&same))
	require.True(t, same)
}
