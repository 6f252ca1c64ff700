package integration_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver"
)

// mariaServer is a server of the test's own, with TLS, which the user tls_only must
// speak.
type mariaServer struct {
	*testserver.Server
	port               string
	authority, another string
}

func startMaria(t *testing.T) *mariaServer {
	if os.Getenv("TEST_MYSQL_URL") == "" {
		return nil
	}
	folder := testserver.Folder(t)
	authority, another := testserver.NewAuthority(t, folder, "authority"), testserver.NewAuthority(t, folder, "another")
	shown := authority.Issue("127.0.0.1", time.Now().Add(time.Hour), "mysql")
	server := &mariaServer{Server: testserver.MariaDB().StartIn(t, folder, "MARIADB_OPTIONS=--innodb-buffer-pool-size=64M --innodb-log-file-size=16M --ssl-cert="+shown.CertificateFile+" --ssl-key="+shown.KeyFile)}
	parsed, err := url.Parse(server.URL)
	require.NoError(t, err)
	server.port, server.authority, server.another = parsed.Port(), authority.File, another.File
	server.exec(t, "CREATE USER tls_only@'127.0.0.1' IDENTIFIED BY 'only-for-tests' REQUIRE SSL", "CREATE USER clerk@'127.0.0.1' IDENTIFIED BY 'only-for-tests'",
		"GRANT SELECT ON shop.* TO tls_only@'127.0.0.1'")
	return server
}

func (s *mariaServer) open(t testing.TB) *sql.DB {
	t.Helper()
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "unix", filepath.Join(s.Folder, "mariadb", "socket"), "root"
	config.MultiStatements = true
	connector, err := mysql.NewConnector(config)
	require.NoError(t, err)
	return sql.OpenDB(connector)
}

// exec runs statements as root.
func (s *mariaServer) exec(t testing.TB, statements ...string) {
	t.Helper()
	opened := s.open(t)
	defer opened.Close()
	for _, statement := range statements {
		_, err := opened.Exec(statement)
		require.NoError(t, err, statement)
	}
}

// shop makes the database anew, and the clerk, who has these rights in it.
func (s *mariaServer) shop(t testing.TB, rights string, statements ...string) {
	t.Helper()
	s.exec(t, append([]string{"DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop", "DROP USER clerk@'127.0.0.1'", "CREATE USER clerk@'127.0.0.1' IDENTIFIED BY 'only-for-tests'",
		"CREATE TABLE shop.customers (id bigint PRIMARY KEY, name varchar(100), shouted varchar(100) CHECK (shouted <> 'REFUSED'))",
		"INSERT INTO shop.customers (id, name) SELECT seq, CONCAT('Customer ', seq) FROM shop.seq_1_to_2000", "GRANT " + rights + " ON shop.* TO clerk@'127.0.0.1'"}, statements...)...)
}

func (s *mariaServer) address(user, password, database, parameters string) string {
	return fmt.Sprintf("mysql://%s:%s@127.0.0.1:%s/%s?%s", user, password, s.port, database, parameters)
}

func (p *page) mariadb(s *stack) {
	server := startMaria(p.T)
	options := func(t *testing.T, address string, more ...string) []string {
		return append(append(loud(t, fresh(t), shoutCheck, shoutMigrate), "connection/driver=mysql", "connection/url="+address), more...)
	}
	row := func(name, does string, provoke func(t *testing.T) string) {
		p.row(name, does, func(t *testing.T) string {
			if server == nil {
				t.Skip("TEST_MYSQL_URL is not set: make services")
			}
			return provoke(t)
		})
	}
	refuse := func(name string, address func(t *testing.T) string, more ...string) {
		row(name, refuses, func(t *testing.T) string { return refusal(t, options(t, address(t), more...)...) })
	}
	at := func(user, password, database, parameters string) func(*testing.T) string {
		return func(*testing.T) string { return server.address(user, password, database, parameters) }
	}
	if server != nil {
		server.shop(p.T, "ALL", "CREATE VIEW shop.seen AS SELECT * FROM shop.customers", "CREATE TABLE shop.old (id bigint PRIMARY KEY) ENGINE=MyISAM", "CREATE TABLE shop.keyless (name text)")
	}
	shop := at("clerk", "only-for-tests", "shop", "")
	refuse("wrong password", at("clerk", secret, "shop", "tls=skip-verify"))
	refuse("unknown user", at("nobody", secret, "shop", "tls=skip-verify"))
	refuse("unknown host", func(*testing.T) string { return "mysql://clerk:" + secret + "@nowhere.invalid/shop" })
	refuse("nobody listens on the port", func(*testing.T) string { return "mysql://clerk:" + secret + "@127.0.0.1:1/shop" })
	refuse("the host does not answer", func(t *testing.T) string {
		return fmt.Sprintf("mysql://clerk:%s@127.0.0.1:%d/shop", secret, silentPort(t))
	}, "connection/connect-timeout=2s")
	refuse("unknown database", at("migrate", "only-for-tests", "shup", ""))
	refuse("the server wants TLS", at("tls_only", "only-for-tests", "shop", ""))
	refuse("the server has no TLS", func(*testing.T) string { return os.Getenv("TEST_MYSQL_URL") + "?tls=true" })
	row("another authority's certificate", refuses, func(t *testing.T) string {
		return refusal(t, options(t, server.address("clerk", "only-for-tests", "shop", "tls-ca="+server.another))...)
	})
	row("another host's certificate", refuses, func(t *testing.T) string {
		return refusal(t, options(t, fmt.Sprintf("mysql://clerk:only-for-tests@localhost:%s/shop?tls-ca=%s", server.port, server.authority))...)
	})
	refuse("missing table", shop, "connection/table=clients")
	refuse("a view", shop, "connection/table=seen")
	refuse("a table without transactions", shop, "connection/table=old")
	refuse("no key", shop, "connection/table=keyless")
	refuse("a key that may be NULL", shop, "connection/key=name")
	row("too many connections", refuses, func(t *testing.T) string {
		server.exec(t, "ALTER USER clerk@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1")
		defer server.exec(t, "ALTER USER clerk@'127.0.0.1' WITH MAX_USER_CONNECTIONS 0")
		held := (&stack{T: t}).hold(t, shop(t))
		defer held.Close()
		return refusal(t, options(t, shop(t))...)
	})
	p.mariadbRuns(row, s, server, func(t *testing.T, more ...string) []string { return options(t, shop(t), more...) })
}

// hold keeps a connection.
func (s *stack) hold(t *testing.T, address string) *sql.DB {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "tcp", parsed.Host, parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	connector, err := mysql.NewConnector(config)
	require.NoError(t, err)
	opened := sql.OpenDB(connector)
	require.NoError(t, opened.Ping())
	return opened
}

func (p *page) mariadbRuns(row func(string, string, func(*testing.T) string), s *stack, server *mariaServer, options func(*testing.T, ...string) []string) {
	row("no right to update", refuses, func(t *testing.T) string {
		server.shop(t, "SELECT, CREATE")
		return refusal(t, options(t)...)
	})
	row("no right to create the ledger", repeats, func(t *testing.T) string {
		server.shop(t, "SELECT, INSERT, UPDATE, DELETE")
		return s.begin(t, options(t)...).mended(func() { server.exec(t, "GRANT CREATE ON shop.* TO clerk@'127.0.0.1'") })
	})
	row("the schema for the ledger is missing", repeats, func(t *testing.T) string {
		server.shop(t, "ALL", "DROP DATABASE IF EXISTS ledgers", "GRANT ALL ON ledgers.* TO clerk@'127.0.0.1'")
		return s.begin(t, options(t, "connection/schema=ledgers")...).mended(func() { server.exec(t, "CREATE DATABASE ledgers") })
	})
	row("read-only server, as after a failover", repeats, func(t *testing.T) string {
		server.shop(t, "ALL")
		t.Cleanup(func() { server.exec(t, "SET GLOBAL read_only = OFF") })
		set := func(value string) func() { return func() { server.exec(t, "SET GLOBAL read_only = "+value) } }
		return s.begin(t, options(t, "customer-migration/rate=100")...).meanwhile(set("ON"), set("OFF"))
	})
	row("the server stops", repeats, func(t *testing.T) string {
		server.shop(t, "ALL")
		a := s.begin(t, options(t, "customer-migration/rate=100")...)
		a.note("Migrated 1", "Migrated 2", "Migrated 3")
		defer server.Run("start")
		server.Run("stop")
		note := a.note("connection refused")
		server.Run("start")
		a.completes()
		return note
	})
	row("a customer breaks a constraint", deadLetters, func(t *testing.T) string {
		server.shop(t, "ALL", "UPDATE shop.customers SET name = 'refused' WHERE id = 471")
		a := s.begin(t, options(t)...)
		a.deadLettered()
		opened := server.open(t)
		defer opened.Close()
		_, err := opened.Exec("USE shop")
		require.NoError(t, err)
		return deadLetter(t, opened)
	})
	row("a row stays locked", waits, func(t *testing.T) string {
		server.shop(t, "ALL")
		opened := server.open(t)
		defer opened.Close()
		tx, err := opened.Begin()
		require.NoError(t, err)
		_, err = tx.Exec("SELECT 1 FROM shop.customers WHERE id = 471 FOR UPDATE")
		require.NoError(t, err)
		return s.begin(t, options(t)...).locked(func() { require.NoError(t, tx.Rollback()) })
	})
}
