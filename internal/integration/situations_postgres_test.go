package integration_test

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver"
)

// silentPort is a port where somebody listens who never answers.
func silentPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

// postgresServer is a server of the test's own, with TLS, which the user tls_only
// must speak.
type postgresServer struct {
	*testserver.Server
	port               string
	authority, another string
}

func startPostgres(t *testing.T) *postgresServer {
	if os.Getenv("TEST_POSTGRES_URL") == "" {
		return nil
	}
	folder := testserver.Folder(t)
	authority, another := testserver.NewAuthority(t, folder, "authority"), testserver.NewAuthority(t, folder, "another")
	shown := authority.Issue("127.0.0.1", time.Now().Add(time.Hour), "postgres")
	rules := filepath.Join(folder, "pg_hba.conf")
	require.NoError(t, os.WriteFile(rules, []byte("local all all trust\nhostssl all tls_only 127.0.0.1/32 scram-sha-256\nhost all clerk,nobody,migrate 127.0.0.1/32 scram-sha-256\n"), 0o644))
	server := &postgresServer{Server: testserver.PostgreSQL().StartIn(t, folder, "POSTGRES_OPTIONS=-c ssl=on -c ssl_cert_file="+shown.CertificateFile+" -c ssl_key_file="+shown.KeyFile+" -c hba_file="+rules)}
	parsed, err := url.Parse(server.URL)
	require.NoError(t, err)
	server.port, server.authority, server.another = parsed.Port(), authority.File, another.File
	server.exec(t, "postgres", "CREATE ROLE tls_only LOGIN PASSWORD 'only-for-tests'", "CREATE ROLE clerk LOGIN PASSWORD 'only-for-tests'")
	return server
}

// exec runs statements as the superuser.
func (s *postgresServer) exec(t testing.TB, database string, statements ...string) {
	t.Helper()
	opened := s.open(t, database)
	defer opened.Close()
	for _, statement := range statements {
		_, err := opened.Exec(statement)
		require.NoError(t, err, statement)
	}
}

func (s *postgresServer) open(t testing.TB, database string) *sql.DB {
	t.Helper()
	opened, err := sql.Open("pgx", fmt.Sprintf("host=%s/postgres port=%s user=postgres dbname=%s", s.Folder, s.port, database))
	require.NoError(t, err)
	return opened
}

// address is a URL of the server's.
func (s *postgresServer) address(user, password, database, settings string) string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%s/%s?%s", user, password, s.port, database, settings)
}

// shop makes the database anew; the clerk may read it.
func (s *postgresServer) shop(t *testing.T, statements ...string) {
	t.Helper()
	s.exec(t, "postgres", "DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE DATABASE shop")
	s.exec(t, "shop", append([]string{"CREATE TABLE customers (id bigint PRIMARY KEY, name text, shouted text CHECK (shouted <> 'REFUSED'))",
		"INSERT INTO customers SELECT i, 'Customer ' || i FROM generate_series(1, 2000) i", "GRANT SELECT ON customers TO clerk"}, statements...)...)
}

const allRights = "GRANT UPDATE ON customers TO clerk; GRANT CREATE ON SCHEMA public TO clerk"

func (p *page) postgres(s *stack) {
	server := startPostgres(p.T)
	options := func(t *testing.T, address string, more ...string) []string {
		return append(append(loud(t, fresh(t), shoutCheck, shoutMigrate), "connection/driver=postgres", "connection/url="+address), more...)
	}
	plain := "sslmode=disable"
	refuse := func(name string, address func(t *testing.T) string, more ...string) {
		p.row(name, refuses, func(t *testing.T) string {
			if server == nil {
				t.Skip("TEST_POSTGRES_URL is not set: make services")
			}
			return refusal(t, options(t, address(t), more...)...)
		})
	}
	if server != nil {
		server.shop(p.T, allRights, "CREATE VIEW seen AS SELECT * FROM customers", "CREATE TABLE keyless (name text)", "CREATE TABLE old (id bigint PRIMARY KEY, name text)",
			"GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk")
	}
	at := func(user, password, database, settings string) func(*testing.T) string {
		return func(*testing.T) string { return server.address(user, password, database, settings) }
	}
	shop := at("clerk", "only-for-tests", "shop", plain)
	refuse("wrong password", at("clerk", secret, "shop", plain))
	refuse("unknown user", at("nobody", secret, "shop", plain))
	refuse("unknown host", func(*testing.T) string { return "postgres://clerk:" + secret + "@nowhere.invalid/shop" })
	refuse("nobody listens on the port", func(*testing.T) string { return "postgres://clerk:" + secret + "@127.0.0.1:1/shop" })
	refuse("the host does not answer", func(t *testing.T) string {
		return fmt.Sprintf("postgres://clerk:%s@127.0.0.1:%d/shop", secret, silentPort(t))
	}, "connection/connect-timeout=2s")
	refuse("unknown database", at("clerk", "only-for-tests", "shup", plain))
	refuse("the server wants TLS", at("tls_only", "only-for-tests", "shop", plain))
	refuse("the server has no TLS", func(t *testing.T) string {
		parsed, err := url.Parse(os.Getenv("TEST_POSTGRES_URL"))
		require.NoError(t, err)
		parsed.RawQuery = "sslmode=require"
		return parsed.String()
	})
	p.row("another authority's certificate", refuses, func(t *testing.T) string {
		if server == nil {
			t.Skip("TEST_POSTGRES_URL is not set: make services")
		}
		return refusal(t, options(t, server.address("clerk", "only-for-tests", "shop", "sslmode=verify-full&sslrootcert="+server.another))...)
	})
	p.row("another host's certificate", refuses, func(t *testing.T) string {
		if server == nil {
			t.Skip("TEST_POSTGRES_URL is not set: make services")
		}
		address := fmt.Sprintf("postgres://clerk:only-for-tests@localhost:%s/shop?sslmode=verify-full&sslrootcert=%s", server.port, server.authority)
		return refusal(t, options(t, address)...)
	})
	refuse("missing table", shop, "connection/table=clients")
	refuse("a view", shop, "connection/table=seen")
	refuse("no key", shop, "connection/table=keyless")
	p.row("missing column", refuses, func(t *testing.T) string {
		if server == nil {
			t.Skip("TEST_POSTGRES_URL is not set: make services")
		}
		chosen := loud(t, fresh(t), "SELECT id FROM old WHERE id IN (:ids)", "UPDATE old SET shouted = upper(name) WHERE id IN (:ids)")
		return refusal(t, append(chosen, "connection/driver=postgres", "connection/url="+shop(t), "connection/table=old")...)
	})
	refuse("a key that may be NULL", shop, "connection/key=name")
	p.row("the migration's SQL is wrong", refuses, func(t *testing.T) string {
		if server == nil {
			t.Skip("TEST_POSTGRES_URL is not set: make services")
		}
		return refusal(t, append(loud(t, fresh(t), shoutCheck, "UPDATE customers SET shuoted = 1 WHERE id IN (:ids)"), "connection/driver=postgres", "connection/url="+shop(t))...)
	})
	p.postgresRuns(s, server, options, func() string { return shop(nil) })
}

func (p *page) postgresRuns(s *stack, server *postgresServer, options func(*testing.T, string, ...string) []string, shop func() string) {
	run := func(name, does string, does2 func(t *testing.T) string) {
		p.row(name, does, func(t *testing.T) string {
			if server == nil {
				t.Skip("TEST_POSTGRES_URL is not set: make services")
			}
			return does2(t)
		})
	}
	mend := func(t *testing.T, statement string) func() { return func() { server.exec(t, "shop", statement) } }
	run("no right to read", "the starter ends with exit code 1; nothing is started", func(t *testing.T) string {
		server.shop(t, allRights, "REVOKE SELECT ON customers FROM clerk")
		return s.begin(t, options(t, shop())...).refused(1)
	})
	run("no right to update", stops, func(t *testing.T) string {
		server.shop(t, "GRANT CREATE ON SCHEMA public TO clerk")
		return s.begin(t, options(t, shop())...).refused(1)
	})
	run("no right to create the ledger", stops, func(t *testing.T) string {
		server.shop(t, "GRANT UPDATE ON customers TO clerk")
		return s.begin(t, options(t, shop())...).refused(1)
	})
	run("the schema for the ledger is missing", stops, func(t *testing.T) string {
		server.shop(t, allRights)
		return s.begin(t, options(t, shop(), "connection/schema=ledgers")...).refused(1)
	})
	run("the right to update is taken away while it runs", repeats, func(t *testing.T) string {
		server.shop(t, allRights)
		return s.begin(t, options(t, shop(), "customer-migration/rate=100")...).meanwhile(mend(t, "REVOKE UPDATE ON customers FROM clerk"), mend(t, "GRANT UPDATE ON customers TO clerk"))
	})
	run("read-only server, as after a failover", repeats, func(t *testing.T) string {
		server.shop(t, allRights, "ALTER DATABASE shop SET default_transaction_read_only = on")
		return s.begin(t, options(t, shop())...).mended(func() { server.exec(t, "postgres", "ALTER DATABASE shop RESET default_transaction_read_only") })
	})
	run("too many connections", repeats, func(t *testing.T) string {
		server.shop(t, allRights)
		server.exec(t, "postgres", "ALTER ROLE clerk CONNECTION LIMIT 1")
		t.Cleanup(func() { server.exec(t, "postgres", "ALTER ROLE clerk CONNECTION LIMIT -1") })
		return s.begin(t, options(t, shop())...).mended(func() { server.exec(t, "postgres", "ALTER ROLE clerk CONNECTION LIMIT -1") })
	})
	run("the server stops", repeats, func(t *testing.T) string {
		server.shop(t, allRights)
		a := s.begin(t, options(t, shop(), "customer-migration/rate=100")...)
		a.note("Migrated 1", "Migrated 2", "Migrated 3")
		defer server.Run("start")
		server.Run("stop")
		note := a.note("connection refused")
		server.Run("start")
		a.completes()
		return note
	})
	run("disk full", repeats, func(t *testing.T) string {
		disk := smallDisk(t, server.Folder, 4)
		account, err := user.Lookup("postgres")
		require.NoError(t, err)
		number, err := strconv.Atoi(account.Uid)
		require.NoError(t, err)
		require.NoError(t, os.Chown(disk, number, -1))
		server.exec(t, "postgres", "DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE TABLESPACE small LOCATION '"+disk+"'")
		t.Cleanup(func() {
			server.exec(t, "postgres", "DROP DATABASE IF EXISTS shop WITH (FORCE)", "DROP TABLESPACE small")
		})
		server.shop(t, allRights, "ALTER TABLE customers SET TABLESPACE small")
		found, err := filepath.Glob(disk + "/*")
		require.NoError(t, err)
		ballast := filepath.Join(found[0], "ballast")
		fill(t, ballast)
		a := s.begin(t, options(t, shop())...)
		said := a.mended(func() { require.NoError(t, os.Remove(ballast)) })
		return strings.Replace(said, "migration shout, migrate statement 1: ", "", 1) // it may as well be the ledger's
	})
	run("a customer breaks a constraint", deadLetters, func(t *testing.T) string {
		server.shop(t, allRights, "UPDATE customers SET name = 'refused' WHERE id = 471")
		a := s.begin(t, options(t, shop())...)
		a.deadLettered()
		opened := server.open(t, "shop")
		defer opened.Close()
		return deadLetter(t, opened)
	})
	run("a customer's statement always takes too long", deadLetters, func(t *testing.T) string {
		server.shop(t, allRights, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN new; END $$`,
			"CREATE TRIGGER slow BEFORE UPDATE ON customers FOR EACH ROW WHEN (old.id = 471) EXECUTE FUNCTION slow()")
		a := s.begin(t, options(t, shop(), "customer-migrator/statement-timeout=500ms")...)
		a.deadLettered()
		opened := server.open(t, "shop")
		defer opened.Close()
		return deadLetter(t, opened)
	})
	run("a row stays locked", waits, func(t *testing.T) string {
		server.shop(t, allRights)
		opened := server.open(t, "shop")
		defer opened.Close()
		tx, err := opened.Begin()
		require.NoError(t, err)
		_, err = tx.Exec("SELECT 1 FROM customers WHERE id = 471 FOR UPDATE")
		require.NoError(t, err)
		a := s.begin(t, options(t, shop())...)
		return a.locked(func() { require.NoError(t, tx.Rollback()) })
	})
	run("a deadlock with the site", "repeats the transaction in place; nobody notices", func(t *testing.T) string {
		server.shop(t, allRights, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN new; END $$`,
			"CREATE TRIGGER slow BEFORE UPDATE ON customers FOR EACH ROW WHEN (old.id = 1 AND current_user = 'clerk') EXECUTE FUNCTION slow()")
		return server.deadlock(t, s, options(t, shop()))
	})
}

// locked is the note about a row that stays locked; after mend the run completes.
func (a *attempt) locked(mend func()) string {
	a.Helper()
	note := a.note("they are tried again (customer 471")
	mend()
	a.completes()
	return note
}

// deadlock has the site and the migration lock the customers 1 and 2 in opposite
// orders. The site waits first, so that it is the migration that is told.
func (s *postgresServer) deadlock(t *testing.T, stack *stack, options []string) string {
	opened := s.open(t, "shop")
	defer opened.Close()
	var before, after int
	const counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'shop'"
	require.NoError(t, opened.QueryRow(counted).Scan(&before))
	tx, err := opened.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("SELECT 1 FROM customers WHERE id = 2 FOR UPDATE")
	require.NoError(t, err)
	a := stack.begin(t, options...)
	a.until("the migration's lock", func() bool {
		var sleeping int
		require.NoError(t, opened.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE usename = 'clerk' AND wait_event = 'PgSleep'").Scan(&sleeping))
		return sleeping > 0
	})
	_, err = tx.Exec("SELECT 1 FROM customers WHERE id = 1 FOR UPDATE")
	require.NoError(t, err, "the site goes on")
	require.NoError(t, tx.Commit())
	said := a.completes()
	a.until("the deadlock's count", func() bool {
		require.NoError(t, opened.QueryRow(counted).Scan(&after))
		return after > before
	})
	return said
}
