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

// TestTheServersModeSaysHowSQLIsRead: where a backslash is a letter, a text that ends in
// one was taken to go on, and keys of two columns were not found.
func TestTheServersModeSaysHowSQLIsRead(t *testing.T) {
	server(t) // or there is none installed
	own := testserver.MariaDB().Start(t, small+" --sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES")
	t.Setenv("TEST_MYSQL_URL", own.URL)
	site := newSite(t, "CREATE TABLE customers (region varchar(20), id bigint, name text, path text, PRIMARY KEY (region, id))", `INSERT INTO customers VALUES ('a\', 1, 'x', NULL), ('b', 2, 'y', NULL)`)
	const where = ` WHERE (region, id) IN (:ids) AND "path" IS NULL`
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Check: "SELECT region, id FROM customers" + where, Migrate: []string{`UPDATE customers SET "path" = CONCAT('C:\', ':id', "name")` + where}}}
	require.Empty(t, examine(t, site, plan).Problems)
	require.Equal(t, []string{`C:\:idx`, `C:\:idy`}, migrated(t, site, plan, "path"))
}

// migrated runs a plan's statements for the whole table, and returns a column by name.
func migrated(t *testing.T, site databasetest.Site, plan database.Plan, column string) []string {
	t.Helper()
	connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	var writes []database.Write
	for part := (database.Range{}); ; {
		rows, err := table.Read(t.Context(), part, nil, 2)
		require.NoError(t, err)
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			writes = append(writes, database.Write{Row: row})
		}
		part.After = rows[len(rows)-1].Key
	}
	written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
	require.NoError(t, err)
	require.NotContains(t, written.Rows, false)
	rows, err := site.DB.Query("SELECT " + column + " FROM customers ORDER BY name")
	require.NoError(t, err)
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		found = append(found, text)
	}
	require.NoError(t, rows.Err())
	return found
}

// TestADescendingKeyIsWalkedThrough, and one of the beginnings of texts is refused by its
// reason; both counted as none.
func TestADescendingKeyIsWalkedThrough(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint, name text, a text, PRIMARY KEY (id DESC))", "INSERT INTO customers (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')")
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET a = 1--1 WHERE id IN (:ids)"}}}
	require.Equal(t, []string{"2", "2", "2", "2", "2"}, migrated(t, site, plan, "a"))
	for key, says := range map[string]string{
		"code(20)":     "connection/key: index PRIMARY of table customers has the beginning of column code alone, so that the table cannot be walked through by it; name a unique key of whole columns",
		"id, n DESC":   "connection/key: index PRIMARY of table customers sorts its columns in both directions",
		"id DESC, n":   "sorts its columns in both directions",
		"id, code(20)": "has the beginning of column code alone",
	} {
		site := newSite(t, "CREATE TABLE customers (id bigint, n bigint, code varchar(200) NOT NULL, a text, PRIMARY KEY ("+key+"))")
		connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		_, err = connection.Prepare(t.Context(), goPlanOf("a"))
		require.ErrorContains(t, err, says)
	}
}

func goPlanOf(column string) database.Plan {
	return database.Plan{Migration: "m", Reads: []string{column}, Writes: []string{column}}
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
