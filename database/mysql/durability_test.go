package mysql_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
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
}
