package postgres_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// opened is a site with three customers and a run that has begun.
type opened struct {
	*testing.T
	site  *sql.DB
	table database.Table
	mark  database.Mark
}

func open(t *testing.T, change func(*database.Options)) *opened {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text); INSERT INTO customers VALUES (1, 'Anna'), (2, 'Bob'), (3, 'Carl')")
	options := site.Options
	change(&options)
	return openFor(t, site.DB, options)
}

func openFor(t *testing.T, site *sql.DB, options database.Options) *opened {
	connection, err := postgres.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"name"}, Writes: []string{"email"}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	return &opened{t, site, table, database.Mark{Run: begun.Run, Sequence: 1}}
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

// withSetting adds a setting to a URL.
func withSetting(t *testing.T, address, name, value string) string {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	values := parsed.Query()
	values.Set(name, value)
	parsed.RawQuery = strings.ReplaceAll(values.Encode(), "+", "%20")
	return parsed.String()
}

// TestTheServerSeesOurSessions: their name, their number and their timeouts.
func TestTheServerSeesOurSessions(t *testing.T) {
	name := fmt.Sprintf("db-migrate-%d", time.Now().UnixNano()) // the URL's own name, so that other tests' sessions don't count
	o := open(t, func(options *database.Options) {
		options.URL = withSetting(t, options.URL, "application_name", name)
		options.Processes, options.StatementTimeout = 2, 3*time.Second
	})
	writing := make(chan error, 20)
	for range cap(writing) {
		go func() { writing <- o.write() }()
	}
	for range cap(writing) {
		<-writing // most of them meet the ledger's conflict
	}
	var sessions int
	require.NoError(t, o.site.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", name).Scan(&sessions))
	require.Positive(t, sessions)
	require.LessOrEqual(t, sessions, 2*(2+4), "readers and writers: as many as processes, and four to spare")
}

func TestASessionsSettings(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, seen text); INSERT INTO customers VALUES (1)")
	options := site.Options
	options.StatementTimeout = 3 * time.Second
	connection, err := postgres.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{
		`UPDATE customers SET seen = current_setting('application_name') || ' ' || current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')
			|| ' ' || current_setting('idle_in_transaction_session_timeout') || ' ' || current_setting('transaction_isolation') WHERE id = :id`}}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	_, err = table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, []database.Write{{Row: rows[0]}})
	require.NoError(t, err)
	var seen string
	require.NoError(t, site.DB.QueryRow("SELECT seen FROM customers").Scan(&seen))
	require.Equal(t, "db-migrate 3s 1500ms 10s read committed", seen)
}

// asSeen is what a statement of the migration sees of its session.
func asSeen(t *testing.T, expression string, settings map[string]string, prepare ...string) string {
	t.Helper()
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, seen text); INSERT INTO customers VALUES (1)")
	for _, statement := range prepare {
		_, err := site.DB.Exec(statement)
		require.NoError(t, err)
	}
	options := site.Options
	for name, value := range settings {
		options.URL = withSetting(t, options.URL, name, value)
	}
	connection, err := postgres.Driver{}.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET seen = " + expression + " WHERE id = :id"}}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	_, err = table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, []database.Write{{Row: rows[0]}})
	require.NoError(t, err)
	var seen string
	require.NoError(t, site.DB.QueryRow("SELECT seen FROM customers").Scan(&seen))
	return seen
}

// TestSettingsOfTheURLWinInAnyCase: two spellings of one setting went to the server
// in an order of chance, so that some sets ran in UTC, and some in Berlin.
func TestSettingsOfTheURLWinInAnyCase(t *testing.T) {
	for range 5 {
		for _, name := range []string{"timezone", "TimeZone", "TIMEZONE"} {
			require.Equal(t, "Europe/Berlin", asSeen(t, "current_setting('TimeZone')", map[string]string{name: "Europe/Berlin"}), name)
		}
	}
	for _, options := range []string{"-c timezone=Europe/Berlin", "-c work_mem=8MB -ctimezone=Europe/Berlin", "--timezone=Europe/Berlin", "--TimeZone=Europe/Berlin"} {
		require.Equal(t, "Europe/Berlin", asSeen(t, "current_setting('TimeZone')", map[string]string{"options": options}), options)
	}
	require.Equal(t, "UTC", asSeen(t, "current_setting('TimeZone')", nil))
	require.Equal(t, "1min", asSeen(t, "current_setting('idle_in_transaction_session_timeout')", map[string]string{"Idle_In_Transaction_Session_Timeout": "60000"}))
}

// TestCommitsAreWaitedFor, unless the URL says otherwise; then --check says so.
func TestCommitsAreWaitedFor(t *testing.T) {
	const setting = "current_setting('synchronous_commit')"
	name := fmt.Sprintf("database_%d", time.Now().UnixNano())
	maker := openSite(t, server(t))
	for _, statement := range []string{"CREATE DATABASE " + name, "ALTER DATABASE " + name + " SET synchronous_commit = off"} {
		_, err := maker.Exec(statement)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		_, err := maker.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(t, err)
	})
	parsed, err := url.Parse(server(t))
	require.NoError(t, err)
	parsed.Path = "/" + name
	t.Setenv("TEST_POSTGRES_URL", parsed.String())
	require.Equal(t, "on", asSeen(t, setting, nil))
	require.Equal(t, "remote_apply", asSeen(t, setting, map[string]string{"synchronous_commit": "remote_apply"}))
	require.Equal(t, "off", asSeen(t, setting, map[string]string{"Synchronous_Commit": "off"}))

	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, first_name text)")
	require.NotContains(t, texts(examine(t, site, goPlan("first_name"))), "synchronous_commit")
	site.Options.URL = withSetting(t, site.Options.URL, "synchronous_commit", "off")
	require.Contains(t, texts(examine(t, site, goPlan("first_name"))), "! connection/url says synchronous_commit=off: a crash of the server may TAKE BACK rows")
}

// TestTheTimeZoneOfAMigrationsSQLIsSaid, and that of one in Go has none.
func TestTheTimeZoneOfAMigrationsSQLIsSaid(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, first_name text)")
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET first_name = 'x' WHERE id = :id"}}}
	require.Contains(t, texts(examine(t, site, plan)), "the migration's SQL runs in time zone UTC, on every session")
	require.NotContains(t, texts(examine(t, site, goPlan("first_name"))), "time zone")
	site.Options.URL = withSetting(t, site.Options.URL, "timezone", "Europe/Berlin")
	require.Contains(t, texts(examine(t, site, plan)), "time zone Europe/Berlin")
}

// TestTargetSessionAttributes: the URL may ask for the server that writes,
// although our reading sessions are read-only.
func TestTargetSessionAttributes(t *testing.T) {
	for _, value := range []string{"read-write", "primary", "any"} {
		o := open(t, func(options *database.Options) {
			options.URL = withSetting(t, options.URL, "target_session_attrs", value)
		})
		require.NoError(t, o.write(), value)
	}
}

// TestAFailoverToAReadOnlyServerIsNobodysFault: no customer is blamed, and once
// the next connection finds a server that writes, we write, without a new start.
func TestAFailoverToAReadOnlyServerIsNobodysFault(t *testing.T) {
	name := fmt.Sprintf("database_%d", time.Now().UnixNano())
	maker := openSite(t, server(t))
	execute := func(statement string) {
		_, err := maker.Exec(statement)
		require.NoError(t, err, statement)
	}
	execute("CREATE DATABASE " + name)
	t.Cleanup(func() { execute("DROP DATABASE " + name + " WITH (FORCE)") })
	o := openIn(t, name)
	execute("ALTER DATABASE " + name + " SET default_transaction_read_only = on")
	execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "' AND application_name = 'db-migrate'")
	var err error
	for range 10 { // the first ones find their sessions ended
		if err = o.write(); database.ClassOf(err) != database.Disconnected {
			break
		}
	}
	require.Equal(t, database.Broken, database.ClassOf(err))
	require.ErrorContains(t, err, "cannot execute")
	require.ErrorContains(t, err, "name the server that writes in connection/url")
	execute("ALTER DATABASE " + name + " SET default_transaction_read_only = off")
	require.NoError(t, o.write())
}

func openIn(t *testing.T, name string) *opened {
	parsed, err := url.Parse(server(t))
	require.NoError(t, err)
	parsed.Path = "/" + name
	site := openSite(t, parsed.String())
	_, err = site.Exec("CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text); INSERT INTO customers VALUES (1, 'Anna')")
	require.NoError(t, err)
	return openFor(t, site, database.Options{URL: parsed.String(), Table: "customers", Processes: 3, StatementTimeout: time.Minute, ConnectTimeout: time.Minute})
}

// TestTheIsolationIsOurs: in another one a set would not see that its run has ended.
func TestTheIsolationIsOurs(t *testing.T) {
	for name, value := range map[string]string{"default_transaction_isolation": "serializable", "Default_Transaction_Isolation": "repeatable read",
		"options": "-c default_transaction_isolation=serializable"} {
		require.Equal(t, "read committed", asSeen(t, "current_setting('transaction_isolation')", map[string]string{name: value}), name)
	}
}
