package anytable

import (
	"database/sql"
	"path/filepath"
	"time"

	"pgregory.net/rapid"

	"db-migrate/database"
)

// texts are odd texts, as literals that most databases read.
var texts = []string{"'a'", "'A'", "''", "'b'", "'b '", "' b'", "'10'", "'9'", "'-1'", "'1e3'", "'é'", "'É'", "'O''Neil'", `'\x41'`, `'\x'`, "'🦊'", "'%'", "'жук'", "'a''\"b'", "'a\tb'", "'a\nb'", "'NULL'", "'null'", "'{\"a\": 1}'"}

// tableNames are those of tables and columns.
var tableNames = []string{"id", "b", "c", "run", "range", "outcome", "order", "select", "Mixed", "two words", "ключ", "sequence", "key", "value", "group", "attempts", "error", "customer",
	"db_migrate_x", "a-b", "quo\"ted", "back`tick", "excluded", "old", "new", "t", "k0", "region", "a_name_that_is_long_enough_to_fill_all_that_there_is_62_bytes"}

func sqliteDialect() dialect {
	text := func(sql string) kind {
		return kind{sql: sql, values: append([]string{"CAST(x'fcff' AS TEXT)", "'a'||char(0)||'b'"}, texts...), more: numbered("'k%03d'"),
			changes: []string{"%s || 'x'", "upper(%s)", "coalesce(%s, 'none')"}, given: []given{{"new", "'new'"}, {nil, "NULL"}, {"", "''"}, {"ü\x00", "'ü'||char(0)"}}}
	}
	whole := func(sql string) kind {
		return kind{sql: sql, values: []string{"0", "1", "-1", "2", "10", "9223372036854775807", "-9223372036854775808", "9007199254740993"}, more: numbered("%d00"),
			changes: []string{"%s + 1", "coalesce(%s, 0) - 3"}, given: []given{{int64(7), "7"}, {nil, "NULL"}, {int64(-9223372036854775808), "-9223372036854775808"}}}
	}
	near := func(one kind) kind { one.more = closeNumbers; return one }
	bytes := kind{sql: "BLOB", bytes: true, values: []string{"x''", "x'00'", "x'ff'", "x'0000'", "x'5c783431'", "x'61'"}, more: func(number int) string { return "CAST('k" + numbered("%03d")(number) + "' AS BLOB)" },
		changes: []string{"zeroblob(3)"}, given: []given{{[]byte{}, "x''"}, {[]byte{0, 255}, "x'00ff'"}}}
	float := kind{sql: "REAL", values: []string{"0.1", "-0.0", "9e999", "-9e999", "1e-300", "9007199254740993.0", "1"}, noKey: true, changes: []string{"%s * 2"},
		given: []given{{0.1, "0.1"}, {1.0, "1.0"}}}
	mixed := kind{sql: "", values: []string{"1", "'1'", "1.0", "x'31'", "'1.0'", "0.5", "''", "x''"}, noKey: true, changes: []string{"typeof(%s)"}}
	return dialect{driver: "sqlite", numbers: "INTEGER", names: tableNames, place: sqlitePlace, quote: quoted(`"`),
		kinds: []kind{whole("INTEGER"), text("TEXT"), whole("BIGINT"), text("TEXT COLLATE NOCASE"), text("TEXT COLLATE RTRIM"), bytes, text("VARCHAR(5)"), float, mixed,
			near(whole("NUMERIC")), near(whole("DECIMAL(20,0)")), text("CHAR(3) COLLATE NOCASE"), dates("DATE"), dates("DATETIME"), dates("TIMESTAMP"),
			{sql: "BOOLEAN", values: []string{"0", "1", "2", "-1"}, changes: []string{"NOT %s"}, given: []given{{true, "1"}, {false, "0"}}},
			{sql: "DOUBLE", values: float.values, noKey: true, changes: float.changes}, near(whole("UNSIGNED BIG INT"))},
		distinct: func(one, other string) string { return one + " IS NOT " + other },
		text: func(column string, _ kind) string {
			return "CASE typeof(" + column + ") WHEN 'blob' THEN '\\x' || lower(hex(" + column + ")) ELSE CAST(" + column + " AS TEXT) END"
		},
		dump: func(column string) string {
			return "typeof(" + column + ") || ' ' || quote(" + column + ") || ' ' || hex(" + column + ")"
		},
		features: []feature{
			{name: "without rowid", suffix: " WITHOUT ROWID", fits: func(t table) bool { return !t.unique }},
			{name: "audit", statements: []string{"CREATE TRIGGER audited AFTER UPDATE ON {t} BEGIN INSERT INTO audit VALUES (new.nr); END"}},
			{name: "refusing trigger", statements: []string{"CREATE TRIGGER refused BEFORE UPDATE ON {t} WHEN new.nr % 5 = 2 BEGIN SELECT RAISE(ABORT, 'the trigger refuses it'); END"}},
			{name: "ignoring trigger", statements: []string{"CREATE TRIGGER ignored BEFORE UPDATE ON {t} WHEN new.nr % 5 = 3 BEGIN SELECT RAISE(IGNORE); END"}},
			{name: "index", statements: []string{"CREATE INDEX by_first ON {t} ({first})"}},
			{name: "partial index", statements: []string{"CREATE UNIQUE INDEX by_done ON {t} (nr) WHERE {done} IS NOT NULL"}},
			{name: "generated", statements: []string{"ALTER TABLE {t} ADD COLUMN made GENERATED ALWAYS AS (nr + 1) VIRTUAL"}},
		}}
}

func dates(sql string) kind {
	return kind{sql: sql, values: []string{"'2026-01-01'", "'2026-01-01 00:00:00'", "'2026-01-01T00:00:00Z'", "'-4713-01-01'", "'no date'", "'0000-00-00'", "'2026-01-01 00:00:00.5+02:00'"}, more: numbered("'2026-02-03 00:00:00.%03d'"),
		changes: []string{"%s || 'Z'"}}
}

func sqlitePlace(t *rapid.T, _ int) site {
	path := filepath.Join(folder(t), "any.db")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return site{driver: "sqlite", db: db, options: database.Options{URL: path, StatementTimeout: 30 * time.Second, LockTime: 250 * time.Millisecond}}
}
