package cassandra_test

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/database/databasetest"
	"db-migrate/internal/testserver/cql"
)

// server is the address of a Cassandra for tests.
func server(t testing.TB) *url.URL {
	address := os.Getenv("TEST_CASSANDRA_URL")
	if address == "" {
		t.Skip("TEST_CASSANDRA_URL is not set: make services")
	}
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed
}

// clockSkew is the driver's in these tests, and how long the site waits after each
// of its writes, so that a read begins after it.
const clockSkew = 5 * time.Millisecond

// keys declares the key columns of each kind, the primary key, and options.
var keys = map[databasetest.KeyKind][3]string{
	databasetest.Numbers:     {"id bigint", "id"},
	databasetest.Texts:       {"id text", "id"},
	databasetest.LongTexts:   {"id text", "id"},
	databasetest.FilledBytes: {"id blob", "id"},
	databasetest.UUIDs:       {"id uuid", "id"},
	databasetest.Pairs:       {"region text, id bigint", "(region, id)"},
	databasetest.Clustered:   {"region text, id bigint", "region, id", " WITH CLUSTERING ORDER BY (id DESC)"},
}

func harness(t *testing.T, parameters string) databasetest.Harness {
	used := pool(t)
	return databasetest.Harness{
		Driver: cassandra.Driver{},
		AtOnce: 2, // each has a keyspace, whose tables take seconds to make
		Lacks:  []databasetest.Feature{databasetest.Transactions, databasetest.Constraints, databasetest.SQL, databasetest.Returning, databasetest.KeyBounds},
		Kinds:  []databasetest.KeyKind{databasetest.Numbers, databasetest.Texts, databasetest.LongTexts, databasetest.FilledBytes, databasetest.UUIDs, databasetest.Pairs, databasetest.Clustered},
		New: func(t *testing.T, kind databasetest.KeyKind) databasetest.Site {
			return used.site(t, kind, parameters)
		},
	}
}

// keyspaces are used for one test after another: to make and drop one takes half
// a second. A test has one to itself until it ends.
type keyspaces struct {
	*testing.T
	host    string
	session *gocql.Session
	mutex   sync.Mutex
	// free are those that no test has.
	free map[databasetest.KeyKind][]string
}

func (k *keyspaces) site(t *testing.T, kind databasetest.KeyKind, parameters string) databasetest.Site {
	name, found := k.take(kind)
	if found {
		k.empty(name)
	} else {
		name = fmt.Sprintf("site_%d", time.Now().UnixNano())
		k.create(name, kind)
	}
	t.Cleanup(func() { k.giveBack(kind, name) })
	options := database.Options{URL: "cassandra://" + k.host + "/" + name + "?clock-skew=" + clockSkew.String() + parameters, Table: "customers",
		Processes: 3, StatementTimeout: time.Minute, ConnectTimeout: time.Minute}
	return databasetest.Site{Options: options, Actions: &liveSite{session: openSession(t, k.host, name), kind: kind}}
}

func (k *keyspaces) take(kind databasetest.KeyKind) (name string, found bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	last := len(k.free[kind]) - 1
	if last < 0 {
		return "", false
	}
	name, k.free[kind] = k.free[kind][last], k.free[kind][:last]
	return name, true
}

func (k *keyspaces) giveBack(kind databasetest.KeyKind, name string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.free[kind] = append(k.free[kind], name)
}

func (k *keyspaces) create(name string, kind databasetest.KeyKind) {
	cql.Schema(k, k.session, "CREATE KEYSPACE "+name+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	k.Cleanup(func() { cql.Schema(k, k.session, "DROP KEYSPACE "+name) })
	cql.Schema(k, k.session, "CREATE TABLE "+name+".customers ("+keys[kind][0]+", name text, amount bigint, data blob, anything text, first_name text, score int, PRIMARY KEY ("+keys[kind][1]+"))"+keys[kind][2])
	cql.Schema(k, k.session, "CREATE TABLE "+name+".notes (name text PRIMARY KEY)")
}

// empty truncates the tables that have rows: the others would take as long.
func (k *keyspaces) empty(name string) {
	var table string
	tables := k.session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", name).Iter()
	for tables.Scan(&table) {
		rows := k.session.Query("SELECT * FROM " + name + "." + table + " LIMIT 1").Iter()
		if rows.NumRows() > 0 {
			cql.Schema(k, k.session, "TRUNCATE "+name+"."+table)
		}
		require.NoError(k, rows.Close())
	}
	require.NoError(k, tables.Close())
}

func openSession(t testing.TB, host, keyspace string) *gocql.Session {
	cluster := cql.Cluster(host)
	cluster.Keyspace, cluster.Timeout, cluster.Consistency = keyspace, time.Minute, gocql.LocalQuorum
	session, err := cluster.CreateSession()
	require.NoError(t, err)
	t.Cleanup(session.Close)
	return session
}

// liveSite is the site by CQL.
type liveSite struct {
	session *gocql.Session
	kind    databasetest.KeyKind
}

func (s *liveSite) run(text string, values ...any) error {
	err := s.session.Query(text, values...).Exec()
	time.Sleep(2 * clockSkew)
	return err
}

func (s *liveSite) keyColumns() []string {
	if s.kind == databasetest.Pairs || s.kind == databasetest.Clustered {
		return []string{"region", "id"}
	}
	return []string{"id"}
}

func (s *liveSite) Add(key []any, name string, amount int64) error {
	columns := strings.Join(s.keyColumns(), ", ")
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(key)), ", ")
	return s.run("INSERT INTO customers ("+columns+", name, amount) VALUES ("+marks+", ?, ?)", append(key, name, amount)...)
}

// where is the condition for a customer by name, whom CQL can only find by key.
func (s *liveSite) where(name string) (string, []any, error) {
	rows, err := s.session.Query("SELECT * FROM customers").Iter().SliceMap()
	if err != nil {
		return "", nil, err
	}
	for _, row := range rows {
		if row["name"] != name {
			continue
		}
		var values []any
		for _, column := range s.keyColumns() {
			values = append(values, row[column])
		}
		return " WHERE " + strings.Join(s.keyColumns(), " = ? AND ") + " = ?", values, nil
	}
	return "", nil, fmt.Errorf("there is no customer %s", name)
}

func (s *liveSite) Set(name, column string, value any) error {
	where, key, err := s.where(name)
	if err != nil {
		return err
	}
	return s.run("UPDATE customers SET "+column+" = ?"+where, append([]any{value}, key...)...)
}

func (s *liveSite) Count(name string) error {
	where, key, err := s.where(name)
	if err != nil {
		return err
	}
	for {
		var amount int64
		if err := s.session.Query("SELECT amount FROM customers"+where, key...).Consistency(gocql.LocalSerial).Scan(&amount); err != nil {
			return err
		}
		values := append(append([]any{amount + 1}, key...), amount)
		applied, err := s.session.Query("UPDATE customers SET amount = ?"+where+" IF amount = ?", values...).MapScanCAS(map[string]any{})
		if applied {
			return nil
		}
		if err != nil && !strings.Contains(err.Error(), "timed out") {
			return err
		}
	}
}

func (s *liveSite) Delete(name string) error {
	where, key, err := s.where(name)
	if err != nil {
		return err
	}
	return s.run("DELETE FROM customers"+where, key...)
}

func (s *liveSite) AddNote(name string) error {
	return s.run("INSERT INTO notes (name) VALUES (?)", name)
}

func (s *liveSite) Drop(table string) error { return s.run("DROP TABLE " + table) }

func (s *liveSite) Clear(table string) error {
	if table == "audit" {
		return nil // there are no triggers that could write one
	}
	return s.run("TRUNCATE " + table)
}

func (s *liveSite) Rows(table string, columns ...string) ([][]string, error) {
	rows := s.session.Query("SELECT " + strings.Join(columns, ", ") + " FROM " + table).Iter()
	var found [][]string
	for {
		row := map[string]any{}
		if !rows.MapScan(row) {
			return found, rows.Close()
		}
		texts := make([]string, len(columns))
		for i, column := range columns {
			texts[i] = text(row[column])
		}
		found = append(found, texts)
	}
}

func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case int:
		if value == 0 {
			return ""
		}
		return strconv.Itoa(value)
	}
	return fmt.Sprint(value)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	databasetest.Run(t, harness(t, ""))
}

// TestConformanceOfComparedWrites runs what the suite says of writes with lightweight
// transactions.
func TestConformanceOfComparedWrites(t *testing.T) {
	t.Parallel()
	compared := harness(t, "&compare=true")
	compared.Groups = []string{"write", "own errors", "second table", "ledger", "statements", "fence", "closing", "dead letters", "concurrency"}
	databasetest.Run(t, compared)
}
