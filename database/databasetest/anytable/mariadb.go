package anytable

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"pgregory.net/rapid"

	"db-migrate/database"
)

func mariadbKinds() []kind {
	text := func(sql string) kind {
		return kind{sql: sql, values: texts, more: numbered("'k%03d'"), changes: []string{"CONCAT(%s, 'x')", "UPPER(%s)", "COALESCE(%s, 'none')"}, given: []given{{"new", "'new'"}, {nil, "NULL"}, {"", "''"}}}
	}
	whole := func(sql, least, greatest string) kind {
		return kind{sql: sql, values: []string{"0", "1", "2", "10", least, greatest, "'7'"}, more: numbered("%d"), changes: []string{"%s + 1", "COALESCE(%s, 0) + 3"}, given: []given{{int64(7), "7"}, {nil, "NULL"}, {"8", "8"}}}
	}
	of := func(sql string, values ...string) kind { return kind{sql: sql, values: literals(values)} }
	noKey := func(one kind) kind { one.noKey = true; return one }
	bytes := kind{sql: "varbinary(20)", bytes: true, values: []string{"x''", "x'00'", "x'ff'", "x'0000'", "x'5c783431'", "'a'", "'a '"}, more: numbered("'k%03d'"), changes: []string{"CONCAT(%s, x'00')"}, given: []given{{[]byte{0, 255}, "x'00ff'"}, {[]byte{}, "x''"}}}
	fixed := bytes
	fixed.sql, fixed.changes = "binary(4)", nil
	decimal := kind{sql: "decimal(20,3)", values: []string{"0", "-1.5", "12345678901234567.123", "12345678901234567.124", "0.001"}, more: numbered("15000000000000000.%03d"), changes: []string{"%s + 1"}, given: []given{{"1.500", "1.500"}, {int64(3), "3"}}}
	large := decimal
	large.sql, large.values = "decimal(65,30)", []string{"0", "0.000000000000000000000000000001", "99999999999999999999999999999999999.999999999999999999999999999999"}
	float := kind{sql: "double", values: []string{"0.1", "-0e0", "1e-300", "1e308", "0.30000000000000004"}, noKey: true, changes: []string{"%s / 2"}, given: []given{{0.1, "0.1"}}}
	single := float
	single.sql, single.values = "float", []string{"0.1", "16777216", "1e-30", "3.4e38"}
	near := func(one kind) kind { one.more = closeNumbers; return one }
	return []kind{
		near(whole("bigint", "-9223372036854775808", "9223372036854775807")), text("varchar(40)"), whole("int", "-2147483648", "2147483647"), text("varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
		text("varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"), text("varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"), text("varchar(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci"),
		text("varchar(40) CHARACTER SET utf8mb3 COLLATE utf8mb3_german2_ci"), text("char(5)"), text("varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_nopad_ci"), text("char(5) CHARACTER SET ucs2"), bytes, fixed, decimal, large, float, single,
		whole("tinyint", "-128", "127"), whole("tinyint unsigned", "3", "255"), whole("smallint", "-32768", "32767"), near(whole("bigint unsigned", "9223372036854775808", "18446744073709551615")), whole("int(6) unsigned zerofill", "5", "4294967295"),
		of("date", "2026-01-01", "1000-01-01", "9999-12-31"), of("datetime(3)", "2026-01-01 00:00:00", "2026-01-01 00:00:00.001", "9999-12-31 23:59:59.999"), of("datetime", "2026-01-01 00:00:00", "2026-03-29 02:30:00"), of("timestamp(6) NULL", "2026-01-01 00:00:00", "2026-10-25 01:30:00", "1970-01-02 00:00:01"),
		of("time(2)", "00:00:00", "-838:59:59", "838:59:59.99", "12:00:00.01"), of("year", "2026", "1901", "2155"), noKey(of("enum('b','a','','C')", "a", "b", "", "C")), noKey(of("set('x','y')", "", "x", "x,y")), noKey(kind{sql: "bit(5)", values: []string{"b'0'", "b'10101'"}}),
		noKey(of("json", "[]", `{"a": 1}`, "null")), of("uuid", "00000000-0000-0000-0000-000000000000", "6F9619FF-8B86-D011-B42D-00C04FC964FF", "ffffffff-ffff-ffff-ffff-ffffffffffff"), of("inet6", "::1", "::ffff:10.0.0.1", "fe80::1"), of("inet4", "10.0.0.1", "255.255.255.255"),
		noKey(text("text")), noKey(text("longtext CHARACTER SET latin1")), noKey(kind{sql: "longblob", values: bytes.values, changes: bytes.changes, given: bytes.given}), whole("boolean", "0", "1"),
	}
}

func mariadbDialect() dialect {
	server := &mariadbServer{}
	return dialect{driver: "mysql", numbers: "int", noDefaults: true, names: tableNames, place: server.place, setUp: server.setUp, block: mariadbBlock, quote: quoted("`"), kinds: mariadbKinds(),
		distinct: func(one, other string) string { return "NOT (" + one + " <=> " + other + ")" },
		text: func(column string, of kind) string {
			if of.bytes {
				return "CONCAT(CHAR(92), 'x', LOWER(HEX(" + column + ")))"
			}
			return "CAST(" + column + " AS CHAR)"
		},
		dump: func(column string) string { return "HEX(CAST(" + column + " AS BINARY))" },
		features: []feature{
			{name: "audit", statements: []string{"CREATE TRIGGER audited AFTER UPDATE ON {t} FOR EACH ROW INSERT INTO audit VALUES (new.nr)"}},
			{name: "refusing trigger", statements: []string{"CREATE TRIGGER refused BEFORE UPDATE ON {t} FOR EACH ROW IF new.nr % 5 = 2 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the trigger refuses it'; END IF"}},
			{name: "odd trigger", statements: []string{"CREATE TRIGGER odd BEFORE UPDATE ON {t} FOR EACH ROW IF new.nr % 5 = 1 THEN SIGNAL SQLSTATE 'UE001' SET MYSQL_ERRNO = 31234, MESSAGE_TEXT = 'the trigger is odd'; END IF"}},
			{name: "check", statements: []string{"ALTER TABLE {t} ADD CHECK ({done} IS NULL OR nr % 7 <> 3)"}},
			{name: "generated", statements: []string{"ALTER TABLE {t} ADD COLUMN made int GENERATED ALWAYS AS (nr + 1) VIRTUAL"}},
			{name: "touched", statements: []string{"ALTER TABLE {t} ADD COLUMN touched timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"}},
			{name: "foreign key", statements: []string{"CREATE TABLE marks (n int PRIMARY KEY)", "ALTER TABLE {t} ADD FOREIGN KEY ({done}) REFERENCES marks (n)"}},
			{name: "partitions", suffix: " PARTITION BY KEY ({keys}) PARTITIONS 3", fits: func(t table) bool { return !t.has("foreign key") }},
			{name: "system versioning", suffix: " WITH SYSTEM VERSIONING", fits: func(t table) bool {
				return !t.has("foreign key") && !t.has("generated") && !t.has("touched") && !t.has("check") && !t.has("partitions")
			}},
			{name: "without transactions", suffix: " ENGINE=MyISAM", fits: func(t table) bool { return len(t.features) == 0 }},
		}}
}

// mariadbServer has a connection of the site's for each slot of a place.
type mariadbServer struct{ slots [2]*sql.DB }

func (m *mariadbServer) setUp([]string) (remove func() error, err error) {
	address, err := url.Parse(os.Getenv("TEST_MYSQL_URL"))
	if err != nil {
		return nil, err
	}
	config := driver.NewConfig()
	config.Net, config.Addr, config.DBName, config.ClientFoundRows = "tcp", address.Host, strings.Trim(address.Path, "/"), true
	config.User = address.User.Username()
	config.Passwd, _ = address.User.Password()
	for i := range m.slots {
		connector, err := driver.NewConnector(config)
		if err != nil {
			return nil, err
		}
		m.slots[i] = sql.OpenDB(connector)
		m.slots[i].SetMaxOpenConns(1)
	}
	return func() error { return errors.Join(m.slots[0].Close(), m.slots[1].Close()) }, nil
}

func (m *mariadbServer) place(t *rapid.T, slot int) site {
	address, err := url.Parse(os.Getenv("TEST_MYSQL_URL"))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("anytable_%d_%d", time.Now().UnixNano(), slot)
	address.Path = "/" + name
	place := site{driver: "mysql", db: m.slots[slot], options: database.Options{URL: address.String(), StatementTimeout: 30 * time.Second, ConnectTimeout: 30 * time.Second, LockTime: 250 * time.Millisecond}}
	place.do(t, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4", "USE "+name)
	t.Cleanup(func() { place.do(t, "DROP DATABASE "+name) })
	return place
}

// mariadbBlock passes over statements that fail.
func mariadbBlock(statements []string) string {
	return "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;\n" + strings.Join(statements, ";\n") + ";\nEND"
}
