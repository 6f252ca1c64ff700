package databasetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// fixture is a database with customers, a site, and a run that has begun.
type fixture struct {
	*testing.T
	Site
	harness Harness
	kind    KeyKind
	act     Actions
	table   database.Table
	mark    database.Mark
	// keys are the customers' keys by name.
	keys map[string]database.Key
}

// migration is the name of the fixtures' migration.
const migration = "conformance-test"

// plan is that of a migration written in Go.
func plan() database.Plan {
	return database.Plan{Migration: migration, Reads: []string{"name", "amount", "data", "anything"}, Writes: []string{"first_name", "score"}}
}

func request(id string) database.RunRequest {
	return database.RunRequest{ID: id, Migration: migration, Environment: "test", Cluster: "localhost/default", Workflow: workflow, Definition: "one"}
}

// workflow is the overseer's of request.
const workflow = "migration/of the test"

// start makes customers Anna, Bob, … of a kind of key.
func (h Harness) start(t *testing.T, kind KeyKind, planned database.Plan, customers int) *fixture {
	f := &fixture{T: t, Site: h.New(t, kind), harness: h, kind: kind, keys: map[string]database.Key{}}
	if f.act = f.Actions; f.act == nil {
		f.act = sqlActions{f}
	}
	for i := range customers {
		f.insert(i)
	}
	f.table = f.open(planned)
	f.mark = database.Mark{Run: f.begin(request("first run")).Run, Sequence: 1}
	for _, row := range f.readAll() {
		f.keys[f.nameOf(row)] = row.Key
	}
	return f
}

// numbers starts with three customers, Anna, Bob and Carl.
func (h Harness) numbers(t *testing.T) *fixture { return h.start(t, Numbers, plan(), 3) }

// open opens the database anew and prepares a plan, as another worker would.
func (f *fixture) open(planned database.Plan) database.Table {
	connection, err := f.harness.Driver.Open(f.Context(), f.Options)
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, connection.Close()) })
	table, err := connection.Prepare(f.Context(), planned)
	require.NoError(f, err)
	return table
}

func (f *fixture) begin(request database.RunRequest) database.BegunRun {
	begun, err := f.table.Begin(f.Context(), request)
	require.NoError(f, err)
	return begun
}

// newRun begins another run of the same overseer.
func (f *fixture) newRun() database.Mark {
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	return database.Mark{Run: f.begin(request("second run")).Run, Sequence: 1}
}

func (f *fixture) end(run database.Run, ending database.Ending) {
	require.NoError(f, f.table.End(f.Context(), run, ending))
}

// site runs a statement of the site's.
func (f *fixture) site(statement string, arguments ...any) {
	f.Helper()
	_, err := f.DB.ExecContext(context.Background(), f.rebind(statement), arguments...)
	require.NoError(f, err, statement)
}

func (f *fixture) rebind(statement string) string {
	if f.Rebind == nil {
		return statement
	}
	return f.Rebind(statement)
}

// set sets a column of a customer, as the site does.
func (f *fixture) set(name, column string, value any) {
	f.Helper()
	require.NoError(f, f.act.Set(name, column, value))
}

func (f *fixture) delete(name string) {
	f.Helper()
	require.NoError(f, f.act.Delete(name))
}

func (f *fixture) rows(table string, columns ...string) [][]string {
	f.Helper()
	rows, err := f.act.Rows(table, columns...)
	require.NoError(f, err)
	return rows
}

// column is one column of a table.
func (f *fixture) column(table, column string) []string {
	f.Helper()
	found := []string{}
	for _, row := range f.rows(table, column) {
		found = append(found, row[0])
	}
	return found
}

// names are all customers, in the order of their keys.
func (f *fixture) names() []string {
	f.Helper()
	return f.column("customers", "name")
}

// greeted are those of a table whom the migration has greeted.
func (f *fixture) greeted(table string) []string {
	f.Helper()
	found := []string{}
	for _, row := range f.rows(table, "name", "first_name") {
		if row[1] == "Dear "+row[0] {
			found = append(found, row[0])
		}
	}
	return found
}

// texts are the first column of what the site selects.
func (f *fixture) texts(statement string) []string {
	f.Helper()
	rows, err := f.DB.QueryContext(context.Background(), statement)
	require.NoError(f, err, statement)
	defer rows.Close()
	found := []string{}
	for rows.Next() {
		var text string
		require.NoError(f, rows.Scan(&text))
		found = append(found, text)
	}
	require.NoError(f, rows.Err())
	return found
}

// name is the name of a customer by number: Anna, Bob, …, and Anna 2 after Zoe.
func name(number int) string {
	names := strings.Fields("Anna Bob Carl Dora Emil Frida Gustav Hanna Ida Jan Karla Lena Max Nora Otto Paul Quirin Rosa Sam Tina Ulla Vera Willi Xenia Yara Zoe")
	if number < len(names) {
		return names[number]
	}
	return fmt.Sprintf("%s %d", names[number%len(names)], number/len(names)+1)
}

func (f *fixture) nameOf(row database.Row) string { return row.Text("name") }

// readAll reads all customers.
func (f *fixture) readAll() []database.Row {
	f.Helper()
	rows, err := f.table.Read(f.Context(), database.Range{}, nil, 10_000)
	require.NoError(f, err)
	return rows
}

// read reads these customers, in this order.
func (f *fixture) read(names ...string) []database.Row {
	f.Helper()
	rows, err := f.table.ReadKeys(f.Context(), f.keysOf(names...))
	require.NoError(f, err)
	found := make([]database.Row, 0, len(rows))
	for _, name := range names {
		for _, row := range rows {
			if row.Key.Equal(f.keys[name]) {
				found = append(found, row)
			}
		}
	}
	require.Len(f, found, len(names))
	return found
}

func (f *fixture) keysOf(names ...string) []database.Key {
	keys := make([]database.Key, len(names))
	for i, name := range names {
		keys[i] = f.keys[name]
	}
	return keys
}

// greet is the change that the tests' migration makes of a row.
func greet(row database.Row) database.Change {
	var change database.Change
	change.Set("first_name", "Dear "+row.Text("name"))
	change.Set("score", int64(1))
	return change
}

// greetAll makes the writes for rows.
func greetAll(rows ...database.Row) []database.Write {
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i] = database.Write{Row: row, Change: greet(row)}
	}
	return writes
}

// write writes and expects no error.
func (f *fixture) write(mark database.Mark, writes []database.Write) []bool {
	f.Helper()
	written, err := f.table.Write(f.Context(), mark, writes)
	require.NoError(f, err)
	require.Len(f, written.Rows, len(writes))
	return written.Rows
}

// migrate reads these customers and writes them.
func (f *fixture) migrate(names ...string) {
	f.Helper()
	for _, written := range f.write(f.mark, greetAll(f.read(names...)...)) {
		require.True(f, written)
	}
}

// requireMigrated: the site sees these customers changed, once each, and they
// and no others are in the ledger as migrated.
func (f *fixture) requireMigrated(names ...string) {
	f.Helper()
	f.requireChanged(names...)
	var ledger []string
	for _, row := range f.ledger() {
		if !row.Failed {
			ledger = append(ledger, f.nameByKey(row.Key))
		}
	}
	require.ElementsMatch(f, names, ledger, "in the ledger")
}

// requireChanged: the site sees these customers changed by us, once each.
func (f *fixture) requireChanged(names ...string) {
	f.Helper()
	if !f.harness.has(Transactions) {
		require.Subset(f, f.greeted("customers"), names, "changed")
		return
	}
	require.ElementsMatch(f, names, f.greeted("customers"), "changed")
	require.ElementsMatch(f, names, f.greeted("audit"), "changes seen by the site's trigger")
}

// ledger is the ledger rows of all customers there ever were.
func (f *fixture) ledger() []database.LedgerRow {
	f.Helper()
	var keys []database.Key
	for _, key := range f.keys {
		keys = append(keys, key)
	}
	rows, err := f.table.Ledger(f.Context(), keys)
	require.NoError(f, err)
	return rows
}

func (f *fixture) nameByKey(key database.Key) string {
	for name, candidate := range f.keys {
		if candidate.Equal(key) {
			return name
		}
	}
	return "nobody (" + key.String() + ")"
}

// requireClass: an error has a class, and says what about.
func requireClass(t *testing.T, class database.Class, err error, parts ...string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, class, database.ClassOf(err), "class of: %v", err)
	for _, part := range parts {
		require.ErrorContains(t, err, part)
	}
}

// patience is how long a test waits for what should take a moment.
const patience = time.Minute
