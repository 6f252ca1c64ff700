package mysql_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
	"db-migrate/internal/testserver"
)

// TestACrashThatTakesBackIsNoticed before the start, and how to mend it.
func TestACrashThatTakesBackIsNoticed(t *testing.T) {
	server(t) // or there is none installed
	own := testserver.MariaDB().Start(t, small+" --log-bin --server-id=8 --binlog-format=ROW --sync-binlog=0 --innodb-flush-log-at-trx-commit=2")
	t.Setenv("TEST_MYSQL_URL", own.URL)
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(100))")
	seen := loud(examine(t, site, lookPlan("name")))
	require.Contains(t, seen, "innodb_flush_log_at_trx_commit is 2: a crash of the machine may TAKE BACK rows that were reported as migrated")
	require.Contains(t, seen, "SET GLOBAL innodb_flush_log_at_trx_commit = 1")
	require.Contains(t, seen, "sync_binlog is 0: after a crash of the machine the REPLICAS may lack rows")
	for _, statement := range []string{"SET GLOBAL sync_binlog = 1", "SET GLOBAL innodb_flush_log_at_trx_commit = 0"} {
		_, err := site.DB.Exec(statement)
		require.NoError(t, err)
	}
	seen = loud(examine(t, site, lookPlan("name")))
	require.Contains(t, seen, "innodb_flush_log_at_trx_commit is 0: a crash of the server may TAKE BACK")
	require.NotContains(t, seen, "sync_binlog")
	_, err := site.DB.Exec("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
	require.NoError(t, err)
	require.Empty(t, loud(examine(t, site, lookPlan("name"))))
}

// loud are the loud notices' texts.
func loud(seen database.Examination) string {
	var list strings.Builder
	for _, notice := range seen.Notices {
		if notice.Loud {
			list.WriteString(notice.Text + "\n")
		}
	}
	return list.String()
}

// TestTheTimeZoneOfAMigrationsSQLIsSaid, and that of one in Go has none.
func TestTheTimeZoneOfAMigrationsSQLIsSaid(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(100))")
	plan := database.Plan{Migration: "m", Statements: &database.Statements{Migrate: []string{"UPDATE customers SET name = NOW() WHERE id = :id"}}}
	require.Contains(t, texts(examine(t, site, plan)), "the migration's SQL runs in time zone UTC, on every session")
	require.NotContains(t, texts(examine(t, site, lookPlan("name"))), "time zone")
	site.Options.URL += "?time-zone=%2B02:00"
	require.Contains(t, texts(examine(t, site, plan)), "the migration's SQL runs in time zone +02:00, on every session")
}

// TestTheTimeZoneIsASetting of all sessions: DATE(created_at) was that of UTC, without a
// way to change it.
func TestTheTimeZoneIsASetting(t *testing.T) {
	for zone, date := range map[string]string{"": "2026-07-31", "?time-zone=%2B02:00": "2026-08-01", "?time-zone=+02:00": "2026-08-01", "?time-zone=UTC": "2026-07-31", "?time-zone=-08:00": "2026-07-31"} {
		site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, created_at timestamp NOT NULL, day date)", "SET time_zone = '+00:00'",
			"INSERT INTO customers (id, name, created_at) VALUES (1, 'a', FROM_UNIXTIME(1785537000)), (2, 'b', FROM_UNIXTIME(1785537000))") // 22:30 UTC on July 31
		site.Options.URL += zone
		plan := database.Plan{Migration: "m", Statements: &database.Statements{Check: "SELECT id FROM customers WHERE id = :id AND day IS NULL", Migrate: []string{"UPDATE customers SET day = DATE(created_at) WHERE id = :id"}}}
		require.Equal(t, []string{date, date}, migrated(t, site, plan, "day"), zone)
	}
	site := newSite(t, "CREATE TABLE customers (id timestamp NOT NULL PRIMARY KEY, name text, seen timestamp NULL)")
	site.Options.URL += "?time-zone=%2B02:00"
	for says, plan := range map[string]database.Plan{"column id": lookPlan("name"), "column seen": lookPlan("seen")} {
		connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		_, err = connection.Prepare(t.Context(), plan)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "leave time-zone out")
	}
	for zone, says := range map[string]string{"Nowhere/Land": "Unknown or incorrect time zone", "x';--": "write a name such as Europe/Berlin"} {
		parsed, err := url.Parse(server(t))
		require.NoError(t, err)
		parsed.RawQuery = url.Values{"time-zone": {zone}}.Encode()
		databasetest.RequireOpens(t, mysql.Driver{}, parsed.String(), says)
	}
}
