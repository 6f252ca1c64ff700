package mysql_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
	"db-migrate/internal/testserver"
)

// opened is a site with three customers and a run that has begun.
type opened struct {
	*testing.T
	site  databasetest.Site
	table database.Table
	mark  database.Mark
}

func open(t *testing.T, plan database.Plan, change func(*opened, *database.Options)) *opened {
	o := &opened{T: t, site: newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text)", "INSERT INTO customers (id, name) VALUES (1, 'Anna'), (2, 'Bob'), (3, 'Carl')")}
	options := o.site.Options
	change(o, &options)
	connection, err := mysql.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	o.table, err = connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	begun, err := o.table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	o.mark = database.Mark{Run: begun.Run, Sequence: 1}
	return o
}

func goPlan() database.Plan {
	return database.Plan{Migration: "m", Reads: []string{"name"}, Writes: []string{"email"}}
}

func (o *opened) write() error {
	rows, err := o.table.Read(o.Context(), database.Range{}, nil, 10)
	if err != nil {
		return err
	}
	var writes []database.Write
	for _, row := range rows {
		write := database.Write{Row: row}
		write.Change.Set("email", "x")
		writes = append(writes, write)
	}
	_, err = o.table.Write(o.Context(), o.mark, writes)
	return err
}

func (o *opened) execute(statement string) {
	o.Helper()
	_, err := o.site.DB.Exec(statement)
	require.NoError(o, err, statement)
}

// ownServer starts a server of the test's own; what is set there is for all of it.
func ownServer(t *testing.T) *testserver.Server {
	its := testserver.MariaDB().Start(t, small)
	t.Setenv("TEST_MYSQL_URL", its.URL)
	return its
}

// small keeps a server of a test's own small.
const small = "MARIADB_OPTIONS=--innodb-buffer-pool-size=64M --innodb-log-file-size=16M --performance-schema=ON"

// user makes a user who may do what is granted, and no more.
func (o *opened) user(its *testserver.Server, options *database.Options, grants string) {
	config := driver.NewConfig()
	config.Net, config.Addr, config.User = "unix", filepath.Join(its.Folder, "mariadb", "socket"), "root"
	connector, err := driver.NewConnector(config)
	require.NoError(o, err)
	root := sql.OpenDB(connector)
	defer root.Close()
	parsed, err := url.Parse(options.URL)
	require.NoError(o, err)
	for _, statement := range []string{"CREATE USER limited@'127.0.0.1' IDENTIFIED BY 'only-for-tests'", "GRANT " + grants + " ON " + parsed.Path[1:] + ".* TO limited@'127.0.0.1'"} {
		_, err := root.Exec(statement)
		require.NoError(o, err, statement)
	}
	parsed.User = url.UserPassword("limited", "only-for-tests")
	options.URL = parsed.String()
}

// TestTheServerSeesOurSessions: their name, an attribute of each connection, and
// their number, which is bounded by the processes.
func TestTheServerSeesOurSessions(t *testing.T) {
	its := ownServer(t)
	o := open(t, goPlan(), func(o *opened, options *database.Options) {
		o.user(its, options, "ALL")
		options.Processes = 2
	})
	writing := make(chan error, 20)
	for range cap(writing) {
		go func() { writing <- o.write() }()
	}
	for range cap(writing) {
		<-writing // most of them meet the ledger's conflict
	}
	var sessions, named int
	require.NoError(t, o.site.DB.QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'limited'").Scan(&sessions))
	require.Positive(t, sessions)
	require.LessOrEqual(t, sessions, 2*(2+4), "readers and writers: as many as processes, and four to spare")
	require.NoError(t, o.site.DB.QueryRow("SELECT COUNT(*) FROM performance_schema.session_connect_attrs WHERE attr_name = 'program_name' AND attr_value = 'db-migrate'").Scan(&named))
	require.Equal(t, sessions, named)
}

func TestASessionsSettings(t *testing.T) {
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{
		`UPDATE customers SET email = CONCAT_WS(' ', @@max_statement_time, @@innodb_lock_wait_timeout, @@tx_isolation, @@time_zone, @@sql_mode LIKE '%STRICT_ALL_TABLES%', @@idle_transaction_timeout) WHERE id = :id`}}}
	o := open(t, plan, func(_ *opened, options *database.Options) { options.StatementTimeout = 4 * time.Second })
	require.NoError(t, o.write())
	var seen string
	require.NoError(t, o.site.DB.QueryRow("SELECT email FROM customers WHERE id = 1").Scan(&seen))
	require.Equal(t, "4.000000 2 READ-COMMITTED +00:00 1 10", seen)
}

// TestAFailoverToAReadOnlyServerIsNobodysFault: no customer is blamed, the words
// of the server are kept, and once it writes again, so do we, without a new start.
func TestAFailoverToAReadOnlyServerIsNobodysFault(t *testing.T) {
	its := ownServer(t)
	o := open(t, goPlan(), func(o *opened, options *database.Options) { o.user(its, options, "ALL") })
	o.execute("SET GLOBAL read_only = ON")
	err := o.write()
	require.Equal(t, database.Broken, database.ClassOf(err))
	require.ErrorContains(t, err, "running with the --read-only option")
	require.ErrorContains(t, err, "name the server that writes in connection/url")
	o.execute("SET GLOBAL read_only = OFF")
	require.NoError(t, o.write())
}
