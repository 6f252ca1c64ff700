package integration_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver"
	"db-migrate/internal/testserver/cql"
)

// product is a database server that the tests can start and kill.
type product struct {
	// driver is the name in connection/driver; script starts the server, and
	// installed is the variable that says that it can.
	driver, script, installed string
	// ports are the variables with the ports that the script listens on.
	ports []string
	// pid is the file with the server's process, in the script's folder.
	pid string
	// audit notes each change of a customer by the migration, which the site's own
	// changes can be told from by the name; empty: it cannot.
	audit []string
}

// products are the servers, and everywhere SQLite too.
func products() []product {
	return []product{
		{driver: "postgres", script: "postgres.sh", installed: "TEST_POSTGRES_URL", ports: []string{"POSTGRES_PORT"}, pid: "postgres/data/postmaster.pid",
			audit: []string{"CREATE TABLE audit (id bigint)",
				"CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (new.id); RETURN new; END $$",
				`CREATE TRIGGER audited AFTER UPDATE OF first_name ON customers FOR EACH ROW
				WHEN (new.first_name IS DISTINCT FROM old.first_name AND new.full_name = old.full_name) EXECUTE FUNCTION audited()`}},
		{driver: "mysql", script: "mariadb.sh", installed: "TEST_MYSQL_URL", ports: []string{"MARIADB_PORT"}, pid: "mariadb/pid",
			audit: []string{"CREATE TABLE audit (id bigint)",
				"CREATE TRIGGER audited AFTER UPDATE ON customers FOR EACH ROW IF NOT (new.first_name <=> old.first_name) AND new.full_name = old.full_name THEN INSERT INTO audit VALUES (new.id); END IF"}},
		{driver: "cassandra", script: "cassandra.sh", installed: "TEST_CASSANDRA_URL", ports: []string{"CASSANDRA_PORT", "CASSANDRA_STORAGE_PORT"}, pid: "cassandra-1/pid"},
	}
}

func everywhere() []product {
	return append(products(), product{driver: "sqlite", audit: []string{"CREATE TABLE audit (id)",
		`CREATE TRIGGER audited AFTER UPDATE OF first_name ON customers WHEN new.first_name IS NOT old.first_name AND new.full_name = old.full_name
		 BEGIN INSERT INTO audit VALUES (new.id); END`}})
}

// server is one of them, of a test's own, or a part of one that tests share.
type server struct {
	*stack
	product
	folder      string
	environment []string
	url         string
}

// startServer starts a server of the test's own, which it may kill, with further
// variables of its script.
func (s *stack) startServer(p product, variables ...string) *server {
	s.Helper()
	if os.Getenv(p.installed) == "" {
		s.Skipf("%s is not set: make services", p.installed)
	}
	folder, err := os.MkdirTemp("", "db-migrate-server-")
	require.NoError(s, err)
	require.NoError(s, os.Chmod(folder, 0o755)) // these servers refuse to run as root, and must get in
	s.Cleanup(func() { _ = os.RemoveAll(folder) })
	found := &server{stack: s, product: p, folder: folder}
	found.environment = append(os.Environ(), "SERVICES_DIR="+found.folder, "CASSANDRA_DURABLE=yes")
	for _, name := range p.ports {
		found.environment = append(found.environment, fmt.Sprintf("%s=%d", name, testserver.FreePort(s)))
	}
	found.environment = append(found.environment, variables...)
	found.url = found.run("start")
	s.Cleanup(func() { found.run("stop") })
	return found
}

// share takes a schema, a database or a keyspace of the test's own on the server
// that tests share, or a file.
func (s *stack) share(p product) *server {
	s.Helper()
	found := &server{stack: s, product: p, url: s.path("customers.db")}
	if p.driver == "sqlite" {
		return found
	}
	if os.Getenv(p.installed) == "" {
		s.Skipf("%s is not set: make services", p.installed)
	}
	found.url = os.Getenv(p.installed)
	address, err := url.Parse(found.url)
	require.NoError(s, err)
	name := fmt.Sprintf("integration_%d", time.Now().UnixNano())
	whole := *found
	switch p.driver {
	case "postgres":
		values := address.Query()
		values.Set("search_path", name)
		address.RawQuery = values.Encode()
		whole.exec("CREATE SCHEMA " + name)
		s.Cleanup(func() { whole.exec("DROP SCHEMA " + name + " CASCADE") })
	case "mysql":
		address.Path = "/" + name
		whole.exec("CREATE DATABASE " + name)
		s.Cleanup(func() { whole.exec("DROP DATABASE " + name) })
	default:
		address.Path = "/" + name // the customers come with their keyspace
		s.Cleanup(func() { found.drop(name) })
	}
	found.url = address.String()
	return found
}

func (v *server) drop(keyspace string) {
	session := v.session()
	defer session.Close()
	cql.Schema(v, session, "DROP KEYSPACE IF EXISTS "+keyspace)
}

func (v *server) run(what string) string {
	v.Helper()
	script, err := filepath.Abs("../../scripts/services/" + v.script)
	require.NoError(v, err)
	command := exec.Command(script, what)
	command.Env, command.Stderr = v.environment, os.Stderr
	output, err := command.Output()
	require.NoError(v, err, "%s %s", v.script, what)
	return strings.TrimSpace(string(output))
}

// killAndRestart ends the server as a power cut would, and starts it again.
func (v *server) killAndRestart() {
	v.Helper()
	content, err := os.ReadFile(filepath.Join(v.folder, v.pid))
	require.NoError(v, err)
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	require.NoError(v, err)
	require.NoError(v, syscall.Kill(pid, syscall.SIGKILL))
	v.until("the server's end", func() bool { return syscall.Kill(pid, 0) != nil || zombie(pid) })
	v.run("start")
}

func zombie(pid int) bool {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(content), ") Z ")
}

// fill makes the customers, and the audit where there is one.
func (v *server) fill(rows int, options ...string) {
	v.Helper()
	where := "--url"
	if v.driver == "sqlite" {
		where = "--db"
	}
	made := v.start("customers", nil, append([]string{"--rows", fmt.Sprint(rows), where, v.url, "--force"}, options...)...)
	require.Zero(v, made.wait(v), made.text())
	for _, statement := range v.audit {
		v.exec(statement)
	}
}

// options are those that the worker and the starter take. On Cassandra a row whose write
// was answered too late counts as skipped: a busy machine has all the time there is.
func (v *server) options(more ...string) []string {
	options := []string{"connection/driver=" + v.driver, "connection/url=" + v.url}
	if v.driver == "cassandra" {
		options = append(options, "customer-migrator/statement-timeout=8s")
	}
	return append(options, more...)
}

func (v *server) open() *sql.DB {
	v.Helper()
	switch v.driver {
	case "sqlite":
		return v.database()
	case "postgres":
		opened, err := sql.Open("pgx", v.url)
		require.NoError(v, err)
		return opened
	}
	parsed, err := url.Parse(v.url)
	require.NoError(v, err)
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName, config.User = "tcp", parsed.Host, strings.Trim(parsed.Path, "/"), parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.InterpolateParams = true
	config.MultiStatements = true // a schema is one text
	connector, err := mysql.NewConnector(config)
	require.NoError(v, err)
	return sql.OpenDB(connector)
}

func (v *server) exec(statement string) {
	v.Helper()
	opened := v.open()
	defer opened.Close()
	_, err := opened.Exec(statement)
	require.NoError(v, err, statement)
}

func (v *server) count(query string) int64 {
	v.Helper()
	opened := v.open()
	defer opened.Close()
	var number int64
	require.NoError(v, opened.QueryRow(query).Scan(&number), query)
	return number
}

// customerColumns are those that the migration writes, by customer.
type customerColumns map[string][4]string

const contentQuery = "SELECT id, first_name, last_name, phone_e164, email_normalized FROM customers"

// content is what the customers' new columns hold; NULL is the empty text.
func (v *server) content() customerColumns {
	v.Helper()
	if v.driver == "cassandra" {
		return v.cassandraContent()
	}
	opened := v.open()
	defer opened.Close()
	return contentOf(v, opened)
}

func contentOf(t testing.TB, opened *sql.DB) customerColumns {
	t.Helper()
	rows, err := opened.Query(contentQuery)
	require.NoError(t, err)
	defer rows.Close()
	found := customerColumns{}
	for rows.Next() {
		var id string
		var values [4]sql.NullString
		require.NoError(t, rows.Scan(&id, &values[0], &values[1], &values[2], &values[3]))
		found[id] = text(values)
	}
	require.NoError(t, rows.Err())
	return found
}

func (v *server) session() *gocql.Session {
	v.Helper()
	parsed, err := url.Parse(v.url)
	require.NoError(v, err)
	cluster := cql.Cluster(parsed.Host)
	cluster.Keyspace, cluster.Timeout, cluster.ConnectTimeout = strings.Trim(parsed.Path, "/"), 2*time.Minute, time.Minute
	session, err := cluster.CreateSession()
	require.NoError(v, err)
	return session
}

func (v *server) cassandraContent() customerColumns {
	session := v.session()
	defer session.Close()
	found := customerColumns{}
	rows := session.Query(contentQuery).Iter()
	var id int64
	var values [4]string
	for rows.Scan(&id, &values[0], &values[1], &values[2], &values[3]) {
		found[fmt.Sprint(id)] = values
	}
	require.NoError(v, rows.Close())
	return found
}

// ledgerRows is how many customers the ledger has as migrated.
func (v *server) ledgerRows() int64 {
	v.Helper()
	if v.driver != "cassandra" {
		return v.count("SELECT COUNT(*) FROM db_migrate_ledger_customers_customer_contact WHERE outcome = 1")
	}
	session := v.session()
	defer session.Close()
	rows := session.Query("SELECT outcome FROM db_migrate_ledger_customers_customer_contact").Iter()
	var outcome int
	number := int64(0)
	for rows.Scan(&outcome) {
		if outcome == 1 {
			number++
		}
	}
	require.NoError(v, rows.Close())
	return number
}
