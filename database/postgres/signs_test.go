package postgres_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// probed is a probe beside a table of one row, with the site's connections.
type probed struct {
	database.SiteProbe
	site *sql.DB
	// ours is a session such as the migration's.
	ours *sql.DB
}

func openProbe(t *testing.T) probed {
	t.Helper()
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, n int); INSERT INTO customers VALUES (1, 1)")
	opened, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	table, err := opened.Prepare(t.Context(), database.Plan{Migration: "guarded", Reads: []string{"n"}, Writes: []string{"n"}})
	require.NoError(t, err)
	probe, err := table.Traits().Site.OpenProbe(t.Context(), database.ProbeOptions{Timeout: 5 * time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, probe.Close()) })
	return probed{probe, site.DB, openSite(t, site.Options.URL+"&application_name=db-migrate")}
}

func (p probed) signal(t *testing.T, name string) (database.Signal, bool) {
	t.Helper()
	signs, err := p.Look(t.Context())
	require.NoError(t, err)
	for _, signal := range signs.Signals {
		if signal.Name == name {
			return signal, true
		}
	}
	return database.Signal{}, false
}

// TestASessionThatWaitsForOurLockIsSeen, and one that waits for the site's own is not.
func TestASessionThatWaitsForOurLockIsSeen(t *testing.T) {
	probe := openProbe(t)
	require.NoError(t, probe.Read(t.Context()))
	for name, test := range map[string]struct {
		holder *sql.DB
		seen   float64
	}{"held by the migration": {probe.ours, 1}, "held by the site": {probe.site, 0}} {
		t.Run(name, func(t *testing.T) {
			before, found := probe.signal(t, database.SignalLockWaits)
			require.True(t, found)
			holding, err := test.holder.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			_, err = holding.Exec("UPDATE customers SET n = n + 1 WHERE id = 1")
			require.NoError(t, err)
			waited := make(chan error, 1)
			go func() {
				_, err := probe.site.ExecContext(context.Background(), "/* waits */ UPDATE customers SET n = n + 1 WHERE id = 1")
				waited <- err
			}()
			require.Eventually(t, func() bool {
				var waiting int
				require.NoError(t, probe.site.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '/* waits */%' AND wait_event_type = 'Lock'").Scan(&waiting))
				return waiting > 0
			}, 30*time.Second, 10*time.Millisecond)
			signal, _ := probe.signal(t, database.SignalLockWaits)
			require.GreaterOrEqual(t, signal.Value-before.Value, test.seen)
			if test.seen > 0 {
				require.Contains(t, signal.Words, "for rows that the migration has locked")
			}
			require.NoError(t, holding.Rollback())
			require.NoError(t, <-waited)
		})
	}
}

// TestTheSiteIsSeen by what its sessions do.
func TestTheSiteIsSeen(t *testing.T) {
	probe := openProbe(t)
	_, err := probe.site.Exec("SELECT 1")
	require.NoError(t, err)
	signs, err := probe.Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, database.Somebody, signs.Presence)
}

// TestACommitOfTheProbesIsOne: it reaches the write-ahead log.
func TestACommitOfTheProbesIsOne(t *testing.T) {
	probe := openProbe(t)
	position := func() (lsn int64) {
		require.NoError(t, probe.site.QueryRow("SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint").Scan(&lsn))
		return lsn
	}
	before := position()
	require.NoError(t, probe.Commit(t.Context()))
	require.Greater(t, position(), before)
}
