package integration_test

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver"
	"db-migrate/internal/testserver/cql"
)

// cassandraServer is a node of the test's own, which wants a password.
type cassandraServer struct {
	*testserver.Server
	host    string
	session *gocql.Session
}

func startCassandra(t *testing.T, variables ...string) *cassandraServer {
	if os.Getenv("TEST_CASSANDRA_URL") == "" {
		return nil
	}
	server := &cassandraServer{Server: testserver.Cassandra().Start(t, append(variables, "CASSANDRA_HEAP=600m", "CASSANDRA_AUTHENTICATOR=PasswordAuthenticator", "CASSANDRA_AUTHORIZER=CassandraAuthorizer")...)}
	parsed, err := url.Parse(server.URL)
	require.NoError(t, err)
	server.host = parsed.Host
	cluster := cql.Cluster(server.host)
	cluster.Timeout, cluster.ConnectTimeout = 20*time.Second, 20*time.Second
	server.session = cql.Superuser(t, cluster)
	server.exec(t, "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE shop.customers (id bigint PRIMARY KEY, name text, shouted text)", "CREATE TABLE shop.keyed (id frozen<list<int>> PRIMARY KEY, name text, shouted text)",
		"CREATE ROLE clerk WITH PASSWORD = 'only-for-tests' AND LOGIN = true", "GRANT SELECT ON KEYSPACE shop TO clerk")
	for id := range 200 {
		require.NoError(t, server.session.Query("INSERT INTO shop.customers (id, name) VALUES (?, ?)", id, fmt.Sprint("Customer ", id)).Exec())
	}
	return server
}

func (s *cassandraServer) exec(t testing.TB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		cql.Schema(t, s.session, statement)
	}
}

const (
	cqlCheck   = "SELECT id FROM customers WHERE id = :id"
	cqlMigrate = "UPDATE customers SET shouted = 'LOUD' WHERE id = :id"
)

func (p *page) cassandra(s *stack) {
	server := startCassandra(p.T)
	options := func(t *testing.T, address string, more ...string) []string {
		return append(append(loud(t, fresh(t), cqlCheck, cqlMigrate), "connection/driver=cassandra", "connection/url="+address), more...)
	}
	row := func(name, does string, provoke func(t *testing.T) string) {
		p.row(name, does, func(t *testing.T) string {
			if server == nil {
				t.Skip("TEST_CASSANDRA_URL is not set: make services")
			}
			return provoke(t)
		})
	}
	refuse := func(name string, address func(t *testing.T) string, more ...string) {
		row(name, refuses, func(t *testing.T) string { return refusal(t, options(t, address(t), more...)...) })
	}
	at := func(user, keyspace, parameters string) func(*testing.T) string {
		return func(*testing.T) string {
			return "cassandra://" + user + "@" + server.host + "/" + keyspace + "?" + parameters
		}
	}
	shop := at("clerk:only-for-tests", "shop", "")
	refuse("wrong password", at("clerk:"+secret, "shop", ""))
	refuse("unknown user", at("nobody:"+secret, "shop", ""))
	row("no password", refuses, func(t *testing.T) string { return refusal(t, options(t, "cassandra://"+server.host+"/shop")...) })
	refuse("unknown host", func(*testing.T) string { return "cassandra://clerk:" + secret + "@nowhere.invalid/shop" })
	refuse("nobody listens on the port", func(*testing.T) string { return "cassandra://clerk:" + secret + "@127.0.0.1:1/shop" })
	refuse("the host does not answer", func(t *testing.T) string {
		return fmt.Sprintf("cassandra://clerk:%s@127.0.0.1:%d/shop", secret, silentPort(t))
	}, "connection/connect-timeout=2s")
	refuse("the nodes have no TLS", at("clerk:only-for-tests", "shop", "tls=true"))
	refuse("unknown keyspace", at("clerk:only-for-tests", "shup", ""))
	refuse("missing table", shop, "connection/table=clients")
	refuse("another key", shop, "connection/key=name")
	refuse("a key of a type that cannot be walked through", shop, "connection/table=keyed")
	row("the migration is written for sets", refuses, func(t *testing.T) string {
		return refusal(t, append(loud(t, fresh(t), shoutCheck, shoutMigrate), "connection/driver=cassandra", "connection/url="+shop(t))...)
	})
	row("no right to create the ledger", repeats, func(t *testing.T) string {
		server.exec(t, "GRANT MODIFY ON KEYSPACE shop TO clerk")
		return s.begin(t, options(t, shop(t))...).mended(func() { server.exec(t, "GRANT CREATE ON KEYSPACE shop TO clerk") })
	})
	refuse("too few replicas for the consistency", at("clerk:only-for-tests", "shop", "consistency=TWO"))
	p.row("one of two nodes goes down, replication factor 2, QUORUM", repeats, func(t *testing.T) string {
		if os.Getenv("TEST_CASSANDRA_TWO_NODES") == "" {
			t.Skip("a second node takes minutes: set TEST_CASSANDRA_TWO_NODES")
		}
		return twoNodes(t, s)
	})
}

// twoNodes stops one of two nodes under a migration that wants both.
func twoNodes(t *testing.T, s *stack) string {
	storage := fmt.Sprintf("CASSANDRA_STORAGE_PORT=%d", testserver.FreePort(t))
	first := testserver.Cassandra().Start(t, "CASSANDRA_HEAP=600m", storage)
	second := testserver.Cassandra().Start(t, "CASSANDRA_HEAP=600m", storage, "CASSANDRA_NODE=2", "CASSANDRA_PORT="+portOf(t, first.URL))
	cluster := cql.Cluster(strings.TrimSuffix(strings.TrimPrefix(first.URL, "cassandra://"), "/migrate"))
	cluster.Timeout, cluster.ConnectTimeout, cluster.Consistency = 30*time.Second, 30*time.Second, gocql.All
	session, err := cluster.CreateSession()
	require.NoError(t, err)
	defer session.Close()
	for _, statement := range []string{"CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}", "CREATE TABLE shop.customers (id bigint PRIMARY KEY, name text, shouted text)"} {
		cql.Schema(t, session, statement)
	}
	for id := range 2000 {
		require.NoError(t, session.Query("INSERT INTO shop.customers (id, name) VALUES (?, ?)", id, fmt.Sprint("Customer ", id)).Exec())
	}
	address := strings.Replace(first.URL, "/migrate", ",127.0.0.2:"+portOf(t, first.URL)+"/shop?consistency=QUORUM", 1)
	a := s.begin(t, append(loud(t, fresh(t), cqlCheck, cqlMigrate), "connection/driver=cassandra", "connection/url="+address, "customer-migration/rate=50")...)
	a.note("Migrated 1", "Migrated 2", "Migrated 3")
	second.Run("stop")
	note := a.note("Cannot achieve consistency level")
	second.Run("start")
	a.completes()
	return note
}

func portOf(t *testing.T, address string) string {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed.Port()
}
