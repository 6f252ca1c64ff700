package cassandra_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
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
	host := server(t).Host
	administrator, keyspace := openSession(t, host, ""), fmt.Sprintf("odd_%d", time.Now().UnixNano())
	execute(t, administrator, "CREATE KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	t.Cleanup(func() { execute(t, administrator, "DROP KEYSPACE "+keyspace) })
	execute(t, administrator, "CREATE TABLE "+keyspace+".odd "+declared)
	options := database.Options{URL: "cassandra://" + host + "/" + keyspace + "?clock-skew=" + clockSkew.String(), Table: "odd",
		Processes: 3, StatementTimeout: 10 * time.Second, ConnectTimeout: 10 * time.Second}
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
