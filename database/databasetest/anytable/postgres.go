package anytable

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx", for the site
	"pgregory.net/rapid"

	"db-migrate/database"
)

func postgresKinds() []kind {
	text := func(sql string, more func(int) string) kind {
		return kind{sql: sql, values: texts, more: more,
			changes: []string{"%s || 'x'", "upper(%s)", "coalesce(%s, 'none')"}, given: []given{{"new", "'new'"}, {nil, "NULL"}, {"", "''"}}}
	}
	whole := func(sql, least, greatest string) kind {
		return kind{sql: sql, values: []string{"0", "1", "-1", "2", "10", least, greatest}, more: numbered("%d00"), changes: []string{"%s + 1", "coalesce(%s, 0) - 3"},
			given: []given{{int64(7), "7"}, {nil, "NULL"}, {"8", "8"}}}
	}
	of := func(sql string, values ...string) kind { return kind{sql: sql, values: literals(values)} }
	noKey := func(one kind) kind { one.noKey = true; return one }
	float := kind{sql: "double precision", values: []string{"0.1", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "1e-300", "0.30000000000000004"}, more: numbered("%d.5"), changes: []string{"%s * 2"}, given: []given{{0.1, "0.1"}}}
	single := float
	single.sql, single.values = "real", []string{"0.1", "'-0'", "'NaN'", "'Infinity'", "16777216", "1e-30"}
	numeric := kind{sql: "numeric", values: []string{"0", "1.0", "1.10", "1.1", "'NaN'", "'Infinity'", "-0.0000000000000000000001", "150000000000000000000000001"}, more: numbered("%d.50"), changes: []string{"%s + 1"},
		given: []given{{"1.50", "1.50"}, {int64(3), "3"}}}
	decimal := numeric
	decimal.more = numbered("15000000000000000.%03d")
	decimal.sql, decimal.values = "numeric(20,3)", []string{"0", "1", "-1.5", "12345678901234567.123", "12345678901234567.124"}
	large := whole("bigint", "-9223372036854775808", "9223372036854775807")
	large.more = closeNumbers
	return []kind{
		large, text("text", numbered("'k%03d'")), whole("integer", "-2147483648", "2147483647"),
		text(`text COLLATE "C"`, numbered("'k%03d'")), text("varchar(40)", numbered("'k%03d'")), text("bpchar(5)", numbered("'k%03d'")), text("public.citext", numbered("'K%03d'")),
		{sql: "smallint", values: []string{"0", "1", "-32768", "32767"}, more: numbered("%d"), changes: []string{"%s + 1"}, given: []given{{int64(7), "7"}}},
		{sql: "bytea", bytes: true, values: literals([]string{`\x`, `\x00`, `\x41`, `\xff`, `\x5c783431`}), more: numbered("'k%03d'::bytea"), changes: []string{"%s || 'x'"}, given: []given{{[]byte{0, 255}, `'\x00ff'`}, {[]byte(nil), `'\x'`}}},
		{sql: "uuid", values: literals([]string{"00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-ffff-ffff-ffffffffffff", "{6f9619ff8b86d011b42d00c04fc964ff}"}), more: numbered("'6f9619ff-8b86-d011-b42d-000000000%03d'"), given: []given{{"6f9619ff-8b86-d011-b42d-00c04fc964ff", "'6f9619ff-8b86-d011-b42d-00c04fc964ff'"}}},
		numeric, decimal, float, single,
		of("date", "2026-01-01", "infinity", "-infinity", "0044-03-15 BC", "0001-01-01", "9999-12-31", "20000-01-01"),
		of("timestamp", "2026-01-01 00:00:00", "2026-01-01 00:00:00.000001", "infinity", "-infinity", "0044-03-15 12:00:00 BC", "294276-12-31 23:59:59.999999"),
		of("timestamp(0)", "2026-01-01 00:00:00", "2026-01-01 00:00:00.6", "infinity"),
		of("timestamptz", "2026-01-01 00:00:00+00", "2026-03-29 01:30:00+00", "2026-10-25 01:30:00+02", "infinity", "0044-03-15 12:00:00+00 BC"),
		of("time", "00:00:00", "24:00:00", "12:00:00.000001"), of("timetz", "00:00:00+00", "02:00:00+02", "12:00:00-11:30"),
		of("interval", "1 month", "30 days", "-1 day", "1 year 2 mons -3 days 04:05:06.7", "00:00:01", "720:00:00"),
		of("inet", "10.0.0.0/8", "10.0.0.1", "::1", "10.0.0.1/32"), of("cidr", "10.0.0.0/8", "10.0.0.0/24", "::/0"), of("macaddr", "08:00:2b:01:02:03", "ff-ff-ff-ff-ff-ff"), of("macaddr8", "08:00:2b:01:02:03:04:05"),
		of("boolean", "true", "false"), of("bit(3)", "001", "010", "111"), of("varbit", "0", "01", "1", ""), of("mood", "sad", "ok", "happy"), of("short", "a", "ab", "abc", "A"), of("even", "2", "-4", "10"),
		of("integer[]", "{}", "{1}", "{1,NULL}", "{2}", "[0:1]={5,6}"), of("text[]", "{}", `{"a b",NULL,"NULL",""}`, `{"q\"uote"}`), of("jsonb", "[]", "1", `{"a": 1.0}`, `{"a": 1}`, `"x"`, "null"), noKey(of("json", "[]", "1 ", `{"a":1}`, `{"a": 1, "a": 2}`)),
		of("money", "1.5", "-0.01", "92233720368547758.07"), of("oid", "0", "1", "4294967295"), of(`"char"`, "a", "", "b"), of("name", "a", "B", "with space"), of("int4range", "[1,5)", "empty", "(,)", "[3,3]"), of("tsvector", "a b", ""),
		of("pg_lsn", "0/0", "16/B374D848"), of("xid8", "1", "42"), of("pair", "(1,a)", "(,)", `(2,"b c")`), of("loose", "Ä", "ä", "a", "A", "b"), of("int4multirange", "{[1,2)}", "{}"),
		noKey(of("point", "(1,2)", "(0,-0)")), noKey(of("xml", "<a/>", "x")), noKey(of("box", "(1,1),(0,0)")), noKey(of("jsonpath", "$.a")), noKey(of("xid", "1", "2")), of("tid", "(0,1)", "(1,1)"),
	}
}

// literals are values as literals.
func literals(values []string) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = quoted("'")(value)
	}
	return list
}

func postgresDialect() dialect {
	server := &postgresServer{}
	return dialect{driver: "postgres", numbers: "integer", names: append([]string{"user", "ctid2", "pg_x"}, tableNames...), place: server.place, setUp: server.setUp, block: postgresBlock, quote: quoted(`"`), option: quoted(`"`), kinds: postgresKinds(),
		prelude: []string{"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')", `CREATE DOMAIN short AS varchar(3) COLLATE "C"`, "CREATE DOMAIN even AS integer CHECK (value % 2 = 0)",
			"CREATE TYPE pair AS (a integer, b text)", "CREATE COLLATION loosely (provider = icu, locale = 'und-u-ks-level2', deterministic = false)", "CREATE DOMAIN loose AS text COLLATE loosely",
			"CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit VALUES (new.nr); RETURN new; END'",
			"CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF new.nr % 5 = 2 THEN RAISE EXCEPTION ''the trigger refuses it'' USING ERRCODE = ''UE001''; END IF; RETURN new; END'",
			"CREATE FUNCTION ignored() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF new.nr % 5 = 3 THEN RETURN NULL; END IF; RETURN new; END'"},
		distinct: func(one, other string) string { return one + " IS DISTINCT FROM " + other },
		text:     func(column string, _ kind) string { return "CAST(" + column + " AS text)" },
		dump:     func(column string) string { return "CAST(" + column + " AS text) COLLATE \"C\"" },
		features: postgresFeatures()}
}

func postgresFeatures() []feature {
	return []feature{
		{name: "audit", statements: []string{"CREATE TRIGGER audited AFTER UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION audited()"}},
		{name: "refusing trigger", statements: []string{"CREATE TRIGGER refused BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION refused()"}},
		{name: "ignoring trigger", statements: []string{"CREATE TRIGGER ignored BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION ignored()"}},
		{name: "late trigger", statements: []string{"CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON {t} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refused()"}},
		{name: "check", statements: []string{"ALTER TABLE {t} ADD CHECK ({done} IS NULL OR nr % 7 <> 3)"}},
		{name: "generated", statements: []string{"ALTER TABLE {t} ADD COLUMN made integer GENERATED ALWAYS AS (nr + 1) STORED"}},
		{name: "partial index", statements: []string{"CREATE UNIQUE INDEX by_done ON {t} (nr) WHERE {done} IS NOT NULL"}},
		{name: "foreign key", statements: []string{"CREATE TABLE marks (n integer PRIMARY KEY)"}, late: []string{"ALTER TABLE {t} ADD FOREIGN KEY ({done}) REFERENCES marks (n) DEFERRABLE INITIALLY DEFERRED NOT VALID"}},
		{name: "full child", statements: []string{"CREATE TABLE full_child () INHERITS ({t})"}, late: []string{"INSERT INTO full_child SELECT * FROM ONLY {t} WHERE nr % 3 = 1", "DELETE FROM ONLY {t} WHERE nr % 3 = 1"}, fits: func(t table) bool { return !t.has("generated") }},
		{name: "row level security", late: []string{"ALTER TABLE {t} ENABLE ROW LEVEL SECURITY", "ALTER TABLE {t} FORCE ROW LEVEL SECURITY", "CREATE POLICY seen ON {t} FOR SELECT USING (true)", "CREATE POLICY written ON {t} FOR UPDATE USING (nr % 3 <> 1)"}},
		{name: "partitions", suffix: " PARTITION BY HASH ({firstkey})", statements: []string{"CREATE TABLE part0 PARTITION OF {t} FOR VALUES WITH (modulus 2, remainder 0)", "CREATE TABLE part1 PARTITION OF {t} FOR VALUES WITH (modulus 2, remainder 1)"}, fits: func(t table) bool {
			return hashable(t) && !t.has("full child") && !t.has("partial index") && !t.has("foreign key")
		}},
		{name: "child", statements: []string{"CREATE TABLE child (more text) INHERITS ({t})"}, fits: func(t table) bool { return !t.has("partitions") }},
		{name: "unlogged", statements: []string{"ALTER TABLE {t} SET UNLOGGED"}, fits: func(t table) bool { return !t.has("partitions") }},
	}
}

// hashable reports whether the first key can divide the table.
func hashable(t table) bool {
	switch t.keys[0].kind.sql {
	case "bigint", "integer", "text", "uuid", "numeric", "date":
		return true
	}
	return false
}

// postgresServer has a connection of the site's for each slot of a place.
type postgresServer struct{ slots [2]*sql.DB }

// sharedSchema has the types of this process's tables.
func sharedSchema() string { return fmt.Sprintf("anytable_types_%d", os.Getpid()) }

func (p *postgresServer) setUp(prelude []string) (remove func() error, err error) {
	address, err := url.Parse(os.Getenv("TEST_POSTGRES_URL"))
	if err != nil {
		return nil, err
	}
	values := address.Query()
	values.Set("default_query_exec_mode", "simple_protocol") // a round trip for a statement
	address.RawQuery = values.Encode()
	for i := range p.slots {
		if p.slots[i], err = sql.Open("pgx", address.String()); err != nil {
			return nil, err
		}
		p.slots[i].SetMaxOpenConns(1)
	}
	first := site{db: p.slots[0]}
	for _, statement := range append([]string{"CREATE SCHEMA " + sharedSchema(), "SET search_path TO " + sharedSchema() + ", public"}, prelude...) {
		if _, err := first.try(statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	return func() error {
		_, err := first.try("DROP SCHEMA " + sharedSchema() + " CASCADE")
		return errors.Join(err, p.slots[0].Close(), p.slots[1].Close())
	}, nil
}

func (p *postgresServer) place(t *rapid.T, slot int) site {
	address, err := url.Parse(os.Getenv("TEST_POSTGRES_URL"))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("anytable_%d_%d", time.Now().UnixNano(), slot)
	path := name + "," + sharedSchema() + ",public"
	values := address.Query()
	values.Set("search_path", path)
	address.RawQuery = values.Encode()
	place := site{driver: "postgres", db: p.slots[slot], options: database.Options{URL: address.String(), StatementTimeout: 30 * time.Second, ConnectTimeout: 30 * time.Second, LockTime: 250 * time.Millisecond}}
	place.do(t, "CREATE SCHEMA "+name, "SET search_path TO "+path+"; SET client_min_messages TO warning; SET synchronous_commit TO off")
	t.Cleanup(func() { place.do(t, "DROP SCHEMA "+name+" CASCADE") })
	return place
}

// postgresBlock passes over statements that fail.
func postgresBlock(statements []string) string {
	var text strings.Builder
	for _, statement := range statements {
		fmt.Fprintf(&text, "BEGIN %s; EXCEPTION WHEN OTHERS THEN NULL; END;\n", statement)
	}
	return "DO $any$ BEGIN\n" + text.String() + "END $any$"
}
