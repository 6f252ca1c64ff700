package integration_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver/cql"
	"db-migrate/workflows"
)

// keyKind is what the customers' keys of a table are like.
type keyKind struct {
	name string
	// columns declares the key's columns, by driver; primary is the key.
	columns map[string]string
	primary string
	key     func(number int) []any
}

func keyKinds() []keyKind {
	return []keyKind{
		{"uuids", map[string]string{"sqlite": "id text NOT NULL", "postgres": "id uuid", "mysql": "id uuid", "cassandra": "id uuid"}, "id",
			func(number int) []any {
				return []any{fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(number)*2654435761, number)}
			}},
		{"texts", map[string]string{"sqlite": "id text NOT NULL", "postgres": "id text", "cassandra": "id text",
			"mysql": "id varchar(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"}, "id",
			func(number int) []any { return []any{nastyText(number)} }},
		{"pairs", map[string]string{"sqlite": "region text NOT NULL, id bigint NOT NULL", "postgres": "region text, id bigint", "cassandra": "region text, id bigint",
			"mysql": "region varchar(100), id bigint"}, "region, id",
			func(number int) []any {
				return []any{[]string{"EU", "d'Oc", "🗾"}[number%3], int64(1)<<53 + int64(number)}
			}},
	}
}

// nastyText is a text of 1 KiB, or one with what quoting may stumble over.
func nastyText(number int) string {
	unit := []string{"🦊", "👩‍👩‍👧", "O'Neil, \"X\" ", "'; DROP TABLE customers; -- ", "line\n\ttab ", `\x41 %_ `, "$1 ? :id :ids "}[number%7]
	times := 20
	if unit[0] >= 0x80 {
		times = 1020 / len(unit)
	}
	return strings.Repeat(unit, times) + fmt.Sprintf("%04d", number)
}

// keyRows is how many customers have keys of a kind.
const keyRows = 400

// TestKeysOfEveryKind migrates a table of each kind of keys on each database: a
// part of it, then all of it, and a last run finds that all are migrated.
func TestKeysOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"sqlite", "postgres", "mysql", "cassandra"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			if installed := "TEST_" + strings.ToUpper(driver) + "_URL"; driver != "sqlite" && os.Getenv(installed) == "" {
				t.Skipf("%s is not set: make services", installed)
			}
			s := newStack(t)
			for _, kind := range keyKinds() {
				migrateKeys(s.place(driver, kind), kind)
			}
		})
	}
}

func migrateKeys(v *server, kind keyKind) {
	v.Helper()
	v.createCustomers(kind)
	options := v.options("connection/table=customers", "customer-migration/batch-size=30", "customer-migration/processes=4")
	worker := v.startWorker(options...)
	before := v.migratePart(kind, options)
	starter := v.startStarter(options...)
	require.Zero(v, starter.wait(v), "%s: %s", kind.name, starter.text())
	end := v.summary(starter)
	require.Equal(v, workflows.PhaseCompleted, end.Phase)
	require.EqualValues(v, []int64{keyRows, keyRows - before, before, 0}, []int64{end.Scanned, end.Migrated, end.Skipped, end.Failed}, kind.name)
	require.Zero(v, end.Appeared+end.Vanished)
	require.EqualValues(v, keyRows, v.keyCount("SELECT COUNT(*) FROM customers"), kind.name)
	require.EqualValues(v, keyRows, v.keyCount(v.filled()), kind.name)
	require.EqualValues(v, keyRows, v.keyCount("SELECT COUNT(*) FROM db_migrate_ledger_customers_customer_contact"), kind.name)
	again := v.startStarter(options...)
	require.Zero(v, again.wait(v), again.text())
	require.EqualValues(v, keyRows, v.summary(again).Skipped, kind.name)
	worker.kill()
}

// migratePart migrates a quarter of the table, and returns how many that are. There
// is none on Cassandra, and it says so.
func (v *server) migratePart(kind keyKind, options []string) int64 {
	v.Helper()
	if v.driver == "cassandra" {
		require.Contains(v, v.tell(2, append([]string{"--from", strings.Repeat("1\t", strings.Count(kind.primary, ",")) + "1"}, options...)...), "nothing was started: --from")
		return 0
	}
	part := append([]string{"--from", v.keyAt(kind, keyRows/4), "--to", v.keyAt(kind, keyRows/2-1)}, options...)
	starter := v.startStarter(part...)
	require.Zero(v, starter.wait(v), "%s: %s", kind.name, starter.text())
	require.EqualValues(v, []int64{keyRows / 4, keyRows / 4}, []int64{v.summary(starter).Scanned, v.summary(starter).Migrated}, kind.name)
	require.EqualValues(v, keyRows/4, v.keyCount(v.filled()), kind.name)
	return keyRows / 4
}

// keyAt is a customer's key by its place, as a user writes it.
func (v *server) keyAt(kind keyKind, place int) string {
	v.Helper()
	opened := v.opened()
	defer opened.Close()
	values := make([]string, strings.Count(kind.primary, ",")+1)
	targets := make([]any, len(values))
	for i := range values {
		targets[i] = &values[i]
	}
	query := fmt.Sprintf("SELECT %s FROM customers ORDER BY %s LIMIT 1 OFFSET %d", kind.primary, kind.primary, place)
	require.NoError(v, opened.QueryRow(query).Scan(targets...), query)
	return strings.Join(values, "\t")
}

// filled counts the customers that have what the migration makes.
func (v *server) filled() string {
	query := "SELECT COUNT(*) FROM customers WHERE first_name = 'Ada' AND last_name = 'Lovelace' AND email_normalized = 'ada@example.com'"
	if v.driver == "cassandra" {
		query += " ALLOW FILTERING"
	}
	return query
}

// place is a schema, a database, a keyspace or a file of the test's own.
func (s *stack) place(driver string, kind keyKind) *server {
	s.Helper()
	name := fmt.Sprintf("keys_%s_%d", kind.name, time.Now().UnixNano())
	v := &server{stack: s, product: product{driver: driver}, url: os.Getenv("TEST_" + strings.ToUpper(driver) + "_URL")}
	switch driver {
	case "sqlite":
		v.url = s.path(name + ".db")
	case "postgres":
		v.makeAndDrop("CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE")
		v.url += "&search_path=" + name
	case "mysql":
		v.makeAndDrop("CREATE DATABASE "+name, "DROP DATABASE "+name)
		v.url = withPath(s, v.url, name)
	case "cassandra":
		v.url = withPath(s, v.url, "") // there need be no keyspace yet
		v.makeAndDrop("CREATE KEYSPACE "+name+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "DROP KEYSPACE "+name)
		v.url = withPath(s, v.url, name)
	}
	return v
}

func withPath(s *stack, address, name string) string {
	parsed, err := url.Parse(address)
	require.NoError(s, err)
	parsed.Path = "/" + name
	return parsed.String()
}

func (v *server) makeAndDrop(create, drop string) {
	v.Helper()
	whole := *v
	whole.do(create)
	v.Cleanup(func() { whole.do(drop) })
}

// do runs a statement with arguments, or one that changes the schema.
func (v *server) do(statement string, arguments ...any) {
	v.Helper()
	if v.driver == "cassandra" {
		session := v.session()
		defer session.Close()
		if len(arguments) == 0 {
			cql.Schema(v, session, statement)
			return
		}
		require.NoError(v, session.Query(statement, arguments...).Exec(), statement)
		return
	}
	opened := v.opened()
	defer opened.Close()
	_, err := opened.Exec(statement, arguments...)
	require.NoError(v, err, statement)
}

func (v *server) opened() *sql.DB {
	v.Helper()
	if v.driver != "sqlite" {
		return v.open()
	}
	opened, err := sql.Open("sqlite", "file:"+v.url+"?_pragma=busy_timeout(10000)")
	require.NoError(v, err)
	return opened
}

func (v *server) keyCount(query string) int64 {
	v.Helper()
	var number int64
	if v.driver == "cassandra" {
		session := v.session()
		defer session.Close()
		require.NoError(v, session.Query(query).Scan(&number), query)
		return number
	}
	opened := v.opened()
	defer opened.Close()
	require.NoError(v, opened.QueryRow(query).Scan(&number), query)
	return number
}

func (v *server) createCustomers(kind keyKind) {
	v.Helper()
	v.do("CREATE TABLE customers (" + kind.columns[v.driver] + `, full_name text, phone text, email text,
		first_name text, last_name text, phone_e164 text, email_normalized text, PRIMARY KEY (` + kind.primary + "))")
	columns := strings.Split(kind.primary, ", ")
	insert := "INSERT INTO customers (" + kind.primary + ", full_name, phone, email) VALUES ("
	for i := range len(columns) + 3 {
		mark := "?"
		if v.driver == "postgres" {
			mark = fmt.Sprintf("$%d", i+1)
		}
		insert += mark + ", "
	}
	insert = strings.TrimSuffix(insert, ", ") + ")"
	v.insertAll(insert, kind)
}

func (v *server) insertAll(insert string, kind keyKind) {
	v.Helper()
	run := v.inserter(insert)
	for number := range keyRows {
		require.NoError(v, run(append(kind.key(number), "Ada Lovelace", "+44 20 7946 0958", "Ada@Example.com")...))
	}
}

// inserter runs a statement again and again on one connection.
func (v *server) inserter(insert string) func(...any) error {
	if v.driver == "cassandra" {
		session := v.session()
		v.Cleanup(session.Close)
		return func(values ...any) error { return session.Query(insert, values...).Exec() }
	}
	opened := v.opened()
	v.Cleanup(func() { _ = opened.Close() })
	return func(values ...any) error {
		_, err := opened.Exec(insert, values...)
		return err
	}
}
