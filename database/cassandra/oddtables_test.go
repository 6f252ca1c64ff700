package cassandra_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/internal/testserver"
	"db-migrate/internal/testserver/cql"
)

// odd is a table of a test's own.
type odd struct {
	*testing.T
	session *gocql.Session
	options database.Options
	table   database.Table
	mark    database.Mark
}

// oddTable makes a table by the columns and options that follow its name, in a
// keyspace of its own.
func oddTable(t *testing.T, declared string) *odd {
	return oddTableOn(t, server(t).Host, declared)
}

func oddTableOn(t *testing.T, host, declared string) *odd {
	administrator, keyspace := openSession(t, host, ""), fmt.Sprintf("odd_%d", time.Now().UnixNano())
	cql.Schema(t, administrator, "CREATE KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	t.Cleanup(func() { cql.Schema(t, administrator, "DROP KEYSPACE "+keyspace) })
	cql.Schema(t, administrator, "CREATE TABLE "+keyspace+".odd "+declared)
	options := database.Options{URL: "cassandra://" + host + "/" + keyspace + "?clock-skew=" + clockSkew.String(), Table: "odd",
		Processes: 3, StatementTimeout: time.Minute, ConnectTimeout: time.Minute}
	return &odd{T: t, session: openSession(t, host, keyspace), options: options}
}

func (o *odd) run(text string, values ...any) {
	o.Helper()
	require.NoError(o, o.session.Query(text, values...).ExecContext(context.Background()), text)
}

func (o *odd) prepare(plan database.Plan) error {
	connection, err := cassandra.Driver{}.Open(o.Context(), o.options)
	require.NoError(o, err)
	o.Cleanup(func() { require.NoError(o, connection.Close()) })
	o.table, err = connection.Prepare(o.Context(), plan)
	return err
}

func (o *odd) begin(plan database.Plan) {
	o.Helper()
	require.NoError(o, o.prepare(plan))
	begun, err := o.table.Begin(o.Context(), database.RunRequest{ID: "run", Migration: plan.Migration})
	require.NoError(o, err)
	o.mark = database.Mark{Run: begun.Run, Sequence: 1}
}

// scanned are the ends of ranges and how many rows the scanner has seen, with so
// small a fetch that every border is met.
func (o *odd) scanned(fetch int) (ends []database.Key, rows int) {
	o.Helper()
	var after database.Key
	for {
		page, err := o.table.Fetch(o.Context(), after, nil, fetch)
		require.NoError(o, err)
		rows += len(page)
		if len(page) > 0 {
			after = page[len(page)-1]
			ends = append(ends, after)
		}
		if len(page) < fetch {
			return ends, rows
		}
	}
}

// migrate migrates the ranges, a few rows at a time, and returns how many rows it
// has met and written.
func (o *odd) migrate(ends []database.Key, limit int, change func(database.Row) database.Change) (met, written int) {
	o.Helper()
	var after database.Key
	for _, end := range ends {
		part, last := database.Range{After: after, UpTo: end}, database.Key(nil)
		for {
			rows, err := o.table.Read(o.Context(), part, last, limit)
			require.NoError(o, err)
			met += len(rows)
			written += o.write(rows, change)
			if len(rows) < limit {
				break
			}
			last = rows[len(rows)-1].Key
		}
		after = end
	}
	return met, written
}

func (o *odd) write(rows []database.Row, change func(database.Row) database.Change) (count int) {
	o.Helper()
	if len(rows) == 0 {
		return 0
	}
	list := make([]database.Write, len(rows))
	for i, row := range rows {
		list[i] = database.Write{Row: row, Change: change(row)}
	}
	written, err := o.table.Write(o.Context(), o.mark, list)
	require.NoError(o, err)
	for _, is := range written.Rows {
		if is {
			count++
		}
	}
	return count
}

func (o *odd) count(text string) (rows int) {
	o.Helper()
	require.NoError(o, o.session.Query(text).ScanContext(context.Background(), &rows))
	return rows
}

func setX(value any) func(database.Row) database.Change {
	return func(database.Row) database.Change {
		var change database.Change
		change.Set("x", value)
		return change
	}
}

// TestPartitionsWithoutRowsAreLeftAlone: a partition of static columns only shows as
// a row of a null clustering key, which nobody has.
func TestPartitionsWithoutRowsAreLeftAlone(t *testing.T) {
	for name, declared := range map[string]string{
		"ascending":  "(a int, b int, shared text static, x int, PRIMARY KEY (a, b))",
		"descending": "(a int, b int, shared text static, x int, PRIMARY KEY (a, b)) WITH CLUSTERING ORDER BY (b DESC)",
		"texts":      "(a int, b text, shared text static, x int, PRIMARY KEY (a, b))",
		"two":        "(a int, b int, c int, shared text static, x int, PRIMARY KEY (a, b, c))",
	} {
		t.Run(name, func(t *testing.T) {
			o := oddTable(t, declared)
			rows := 0
			for a := range 60 {
				o.run("INSERT INTO odd (a, shared) VALUES (?, 's')", a)
				for b := range max(0, a%4-1) {
					rows++
					switch name {
					case "texts":
						o.run("INSERT INTO odd (a, b) VALUES (?, ?)", a, fmt.Sprint(b))
					case "two":
						o.run("INSERT INTO odd (a, b, c) VALUES (?, ?, 0)", a, b)
					default:
						o.run("INSERT INTO odd (a, b) VALUES (?, ?)", a, b)
					}
				}
			}
			o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
			bound, err := o.table.Bound(t.Context(), nil)
			require.NoError(t, err)
			require.EqualValues(t, rows, bound.Estimate)
			for _, limit := range []int{1, 7, 1000} {
				_, seen := o.scanned(limit)
				require.Equal(t, rows, seen)
			}
			ends, _ := o.scanned(5)
			met, written := o.migrate(ends, 4, setX(1))
			require.Equal(t, rows, met)
			require.Equal(t, rows, written)
			require.Equal(t, rows, o.count("SELECT count(*) FROM odd WHERE x = 1 ALLOW FILTERING"))
			require.Equal(t, rows, o.count("SELECT count(b) FROM odd"), "no row is invented")
		})
	}
}

// TestAllPartitionsWithoutRows: there is nothing to do.
func TestAllPartitionsWithoutRows(t *testing.T) {
	o := oddTable(t, "(a int, b int, shared text static, x int, PRIMARY KEY (a, b))")
	for a := range 20 {
		o.run("INSERT INTO odd (a, shared) VALUES (?, 's')", a)
	}
	o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
	bound, err := o.table.Bound(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, database.Bound{}, bound)
	_, seen := o.scanned(3)
	require.Zero(t, seen)
}

// TestOddTables: each is migrated as a whole, with such small pieces that every border
// is met.
func TestOddTables(t *testing.T) {
	for declared, rows := range map[string][]string{
		"(a int, b int, c int, x int, PRIMARY KEY (a, b, c)) WITH CLUSTERING ORDER BY (b DESC, c DESC)": {"1, 1, 1", "1, 1, 2", "1, 2, 1", "1, 2, 2", "2, 1, 1", "2, 0, 0"},
		"(a int, b text, x int, PRIMARY KEY (a, b))":                                                    {"1, ''", "1, 'z'", "2, ''", "3, 'z'"},
		"(a text, b blob, x int, PRIMARY KEY ((a, b)))":                                                 {"'', 0x", "'q', 0x", "'', 0x00", "'', 0xff"},
		"(a blob, b blob, x int, PRIMARY KEY (a, b))":                                                   {"0x00, 0x", "0x00, 0x00", "0xff, 0x01"},
		"(a int, b int, x int, PRIMARY KEY (a, b))":                                                     {"1, blobAsInt(0x)", "1, 0", "1, -1", "2, 0"},
		"(a int, b uuid, x int, PRIMARY KEY (a, b))":                                                    {"1, blobAsUUID(0x)", "1, 00000000-0000-0000-0000-000000000000"},
		"(a timestamp, b date, c time, x int, PRIMARY KEY (a, b, c))":                                   {"'2020-01-01', '1900-01-01', '10:00:00'", "-5, '2020-01-01', '10:00:00'"},
		"(a boolean, b inet, c varint, x int, PRIMARY KEY (a, b, c))":                                   {"true, '1.2.3.4', 5", "true, '::1', 123456789012345678901234567890", "false, '::1', -1"},
		"(a tinyint, b smallint, c timeuuid, x int, PRIMARY KEY (a, b, c))":                             {"1, -2, now()", "1, -2, now()", "-128, 32767, now()"},
		"(a int, x int, PRIMARY KEY (a))":                                                               {"1"},
	} {
		t.Run(declared, func(t *testing.T) {
			t.Parallel()
			o := oddTable(t, declared)
			columns := "a, b, c"[:3*strings.Count(rows[0], ",")+1]
			for _, row := range rows {
				o.run("INSERT INTO odd (" + columns + ") VALUES (" + row + ")")
			}
			o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
			ends, seen := o.scanned(2)
			require.Equal(t, len(rows), seen)
			met, written := o.migrate(ends, 2, setX(1))
			require.Equal(t, []int{len(rows), len(rows)}, []int{met, written})
			require.Equal(t, len(rows), o.count("SELECT count(*) FROM odd WHERE x = 1 ALLOW FILTERING"))
			require.Equal(t, len(rows), o.count("SELECT count(*) FROM odd"))
			require.Equal(t, len(rows), o.count("SELECT count(*) FROM db_migrate_ledger_odd_m"))
		})
	}
}

// TestAWidePartition is one range, read and written piece by piece.
func TestAWidePartition(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(a int, b int, x int, PRIMARY KEY (a, b)) WITH CLUSTERING ORDER BY (b DESC)")
	for b := range 2000 {
		o.run("INSERT INTO odd (a, b) VALUES (1, ?)", b)
	}
	o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
	ends, seen := o.scanned(100)
	require.Equal(t, 2000, seen)
	require.Len(t, ends, 1)
	met, written := o.migrate(ends, 70, setX(1))
	require.Equal(t, []int{2000, 2000}, []int{met, written})
}

// TestOddTablesThatAreRefused, before anything is written.
func TestOddTablesThatAreRefused(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(a int, b int, x int, PRIMARY KEY (a, b))")
	for name, declared := range map[string]string{
		"lists": "(a frozen<list<text>> PRIMARY KEY, x int)", "sets": "(a int, b frozen<set<int>>, x int, PRIMARY KEY (a, b))", "tuples": "(a tuple<int, int> PRIMARY KEY, x int)",
		"floats": "(a int, b double, x int, PRIMARY KEY (a, b))", "counters": "(a int PRIMARY KEY, x counter)",
	} {
		cql.Schema(t, o.session, "CREATE TABLE "+name+" "+declared)
	}
	for name, says := range map[string]string{
		"lists": "key column a of a type that db-migrate cannot walk through", "sets": "key column b of a type", "tuples": "key column a of a type", "floats": "key column b of a type",
		"counters": "writes column x of table counters, a counter",
	} {
		o.options.Table = name
		require.ErrorContains(t, o.prepare(database.Plan{Migration: "m", Writes: []string{"x"}}), says, name)
	}
}

// TestAMaterializedView follows its table, and is refused. Servers have them off.
func TestAMaterializedView(t *testing.T) {
	server(t)
	its := testserver.Cassandra().StartIn(t, testserver.Folder(t), "CASSANDRA_HEAP=600m", "CASSANDRA_YAML=materialized_views_enabled: true")
	address, err := url.Parse(its.URL)
	require.NoError(t, err)
	o := oddTableOn(t, address.Host, "(a int, b int, x int, PRIMARY KEY (a, b))")
	cql.Schema(t, o.session, "CREATE MATERIALIZED VIEW seen AS SELECT * FROM odd WHERE a IS NOT NULL AND b IS NOT NULL PRIMARY KEY (b, a)")
	plan := database.Plan{Migration: "m", Writes: []string{"x"}}
	o.options.Table = "seen"
	require.ErrorContains(t, o.prepare(plan), "seen is a materialized view, which follows table odd by itself; migrate that table")
	o.options.Table = "odd"
	require.NoError(t, o.prepare(plan))
	require.Contains(t, fmt.Sprint(o.loud()), "materialized view seen is kept up with every migrated row")
	o.run("INSERT INTO odd (a, b) VALUES (1, 2)")
	o.begin(plan)
	ends, _ := o.scanned(10)
	_, written := o.migrate(ends, 10, setX(1))
	require.Equal(t, 1, written)
	require.Equal(t, 1, o.count("SELECT count(*) FROM seen WHERE x = 1 ALLOW FILTERING"))
}
