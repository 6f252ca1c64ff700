package anytable

import (
	"strings"
	"time"
)

// cqlKind is a type of a column of Cassandra's. Its changes are whole assignments.
type cqlKind struct {
	kind
	// cells: a value has several cells, and neither a date nor a TTL as a whole.
	cells bool
	// unread: migrations in Go neither read nor write it.
	unread bool
	// expanded: the client library makes several values of one.
	expanded bool
}

func (k cqlKind) text() bool { return k.sql == "text" || k.sql == "ascii" || k.sql == "varchar" }

func (k cqlKind) whole() bool {
	return k.sql == "int" || k.sql == "bigint" || k.sql == "smallint" || k.sql == "tinyint"
}

func (k cqlKind) id() bool { return k.sql == "uuid" || k.sql == "timeuuid" }

// unfit is the literal of a given value that its column cannot hold.
const unfit = ""

// asEmpty is the value of no bytes, which almost every type has.
func asEmpty(sql string) string {
	name := map[string]string{"int": "Int", "bigint": "Bigint", "varint": "Varint", "decimal": "Decimal", "boolean": "Boolean", "uuid": "UUID", "timeuuid": "Timeuuid",
		"timestamp": "Timestamp", "inet": "Inet", "double": "Double", "float": "Float"}[sql]
	return "blobAs" + name + "(0x)"
}

func cqlKinds() []cqlKind {
	keys := []cqlKind{
		cqlText("text", `textAsBlob`), cqlWhole("int", "-2147483648", "2147483647", asEmpty("int")), cqlWhole("bigint", "-9223372036854775808", "9223372036854775807", asEmpty("bigint")),
		cqlText("ascii", ""), cqlWhole("smallint", "-32768", "32767"), cqlWhole("tinyint", "-128", "127"),
		cqlPlain("varint", []given{{"12", "12"}, {int64(-1), "-1"}, {"x", unfit}}, "0", "-1", "128", "123456789012345678901234567890", "-123456789012345678901234567890", asEmpty("varint")),
		cqlPlain("decimal", []given{{"1.50", "1.50"}, {"x", unfit}, {"-0.001", "-0.001"}}, "0", "1.0", "1.00", "1", "-1e-30", "123456789012345678901234567890.5", asEmpty("decimal")),
		cqlPlain("blob", []given{{[]byte{0, 255}, "0x00ff"}, {[]byte{}, "0x"}, {"text", "0x74657874"}}, "0x", "0x00", "0x0000", "0xff", "0x5c783431", "0x61"),
		cqlPlain("boolean", []given{{true, "true"}, {false, "false"}}, "true", "false", asEmpty("boolean")),
		cqlPlain("uuid", []given{{"6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff"}, {"none", unfit}}, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "6F9619FF-8B86-D011-B42D-00C04FC964FF", asEmpty("uuid")),
		cqlPlain("timeuuid", nil, "50554d6e-29bb-11e5-b345-feff819cdc9f", "00000000-0000-1000-8080-808080808080", "00000000-0000-1000-7f7f-7f7f7f7f7f7f", "ffffffff-ffff-1fff-8080-808080808080", asEmpty("timeuuid")),
		cqlPlain("timestamp", []given{{time.Time{}, "-62135596800000"}, {time.UnixMilli(-1), "-1"}, {"now", unfit}}, "'2026-01-01T00:00:00Z'", "0", "-1", "'1969-12-31T23:59:59.999Z'", "9223372036854775807", "-9223372036854775808", "253402300800000", "-62135596800001", "-62135596800000", asEmpty("timestamp")),
		cqlPlain("date", []given{{time.Time{}, "'0001-01-01'"}, {time.Date(1969, 12, 31, 12, 0, 0, 0, time.UTC), "'1969-12-31'"}, {"2026-02-28", "'2026-02-28'"}, {"", unfit}, {time.Date(7000000, 1, 1, 0, 0, 0, 0, time.UTC), unfit}}, "'2026-01-01'", "'1970-01-01'", "'-5877641-06-23'", "'5881580-07-11'", "0", "4294967295", "'0001-01-01'"),
		cqlPlain("time", []given{{"10:00:00", "'10:00:00'"}, {time.Nanosecond, unfit}, {"24:00:00", unfit}, {"10h", unfit}}, "'00:00:00'", "'23:59:59.999999999'", "'12:00:00.000000001'", "'10:00:00'"),
		cqlPlain("inet", []given{{"::1", "'::1'"}, {"1.2.3.4", "'1.2.3.4'"}, {"none", unfit}}, "'1.2.3.4'", "'::1'", "'::ffff:1.2.3.4'", "'fe80::1'", "'0.0.0.0'", "'::'", asEmpty("inet")),
	}
	return append(append(keys, cqlFloats()...), cqlCollections()...)
}

// cqlPlain is a type of one cell.
func cqlPlain(sql string, given []given, values ...string) cqlKind {
	one := cqlKind{kind: kind{sql: sql, values: values, given: given}}
	switch sql {
	case "varint", "decimal":
		one.more = numbered("15000000000000000%03d")
	case "blob":
		one.more = numbered("0x6b%04d")
	case "uuid":
		one.more = numbered("6f9619ff-8b86-d011-b42d-000000000%03d")
	case "timeuuid":
		one.more = numbered("50554d6e-29bb-11e5-b345-000000000%03d")
	case "timestamp", "date":
		one.more = numbered("1500%03d")
	case "inet":
		one.more = numbered("'10.0.0.%d'")
	}
	return one
}

func cqlText(sql, bytes string) cqlKind {
	one := cqlKind{kind: kind{sql: sql, more: numbered("'k%03d'"), given: []given{{"new", "'new'"}, {nil, "null"}, {"", "''"}, {int64(5), "'5'"}}}}
	for _, literal := range texts {
		if ascii := strings.IndexFunc(literal, func(r rune) bool { return r > 127 }) < 0; ascii || sql == "text" {
			one.values = append(one.values, literal)
		}
	}
	if bytes == "" {
		one.given = append(one.given, given{"é", unfit})
	} else {
		one.given, one.values = append(one.given, given{"\xff", unfit}, given{"é", "'é'"}), append(one.values, "'a\x00b'")
	}
	return one
}

func cqlWhole(sql, least, greatest string, more ...string) cqlKind {
	return cqlKind{kind: kind{sql: sql, values: append([]string{"0", "1", "-1", "10", least, greatest}, more...), more: numbered("%d"),
		given: []given{{int64(7), "7"}, {nil, "null"}, {"8", "8"}, {uint64(1) << 63, unfit}, {"none", unfit}, {int32(-3), "-3"}}}}
}

// cqlFloats have one cell, and no key can have them.
func cqlFloats() []cqlKind {
	values := []string{"0.1", "-0.0", "NaN", "Infinity", "-Infinity", "1e-30", "16777217"}
	return []cqlKind{
		{kind: kind{sql: "double", values: append([]string{"1e-300", "0.30000000000000004", asEmpty("double")}, values...), noKey: true, given: []given{{0.1, "0.1"}, {nil, "null"}}}},
		{kind: kind{sql: "float", values: append([]string{asEmpty("float")}, values...), noKey: true, given: []given{{0.5, "0.5"}, {float32(0.1), "0.1"}}}},
	}
}

// cqlCollections are types that migrations in Go leave alone.
func cqlCollections() []cqlKind {
	of := func(sql string, cells bool, values ...string) cqlKind {
		return cqlKind{kind: kind{sql: sql, values: values, noKey: true}, cells: cells, unread: true}
	}
	changing := func(one cqlKind, changes ...string) cqlKind { one.changes = changes; return one }
	pair := of("tuple<int, text>", false, "(1, 'a')", "(null, 'b')", "(2, null)")
	pair.expanded = true
	return []cqlKind{
		changing(of("list<text>", true, "['a', 'b']", "[]", "['a', 'a']", "['']"), "%s = %s - ['a']"),
		changing(of("set<int>", true, "{1, 2}", "{}", "{-1}"), "%s = %s + {7}", "%s = %s - {1}", "%s += {8}"),
		changing(of("map<text, int>", true, "{'a': 1}", "{}", "{'': 2, 'b': 3}"), "%s['k'] = 5", "%s = %s + {'a': 9}", "%s = %s - {'a'}", "%s['a'] = null"),
		changing(of("pair", true, "{a: 1, b: 'x'}", "{a: null, b: 'y'}"), "%s.a = 5", "%s.b = null"),
		of("frozen<pair>", false, "{a: 1, b: 'x'}", "{a: 2, b: null}"), of("frozen<list<int>>", false, "[1, 2]", "[]"), of("frozen<map<text, frozen<set<int>>>>", false, "{'a': {1}}", "{}"),
		pair, of("duration", false, "1mo2d3ns", "P1Y", "-5h", "0s"), of("vector<float, 2>", false, "[0.5, 1]", "[0, -1]"),
	}
}

// cqlNames are those of columns, the plain ones first.
var cqlNames = append([]string{"token", "ttl", "writetime", "json", "db_migrate_run", "Id", "counter", "from"}, tableNames...)

// cqlPrelude makes the type that kinds name.
const cqlPrelude = "CREATE TYPE pair (a int, b text)"
