package postgres_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
)

const conformanceLedger = "db_migrate_ledger_customers_conformance_test"

// begunTable is an empty table with a run that has begun.
func begunTable(t *testing.T) (databasetest.Site, database.Table, database.Run) {
	t.Helper()
	site := harness().New(t, databasetest.Numbers)
	opened, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	table, err := opened.Prepare(t.Context(), database.Plan{Migration: "conformance-test", Reads: []string{"name"}, Writes: []string{"first_name"}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "first", Migration: "conformance-test"})
	require.NoError(t, err)
	return site, table, begun.Run
}

// TestABeginThatIsRepeatedWaitsForWriters: the first attempt has ended the run before
// it, and was itself cut short while it waited for who writes for that run.
func TestABeginThatIsRepeatedWaitsForWriters(t *testing.T) {
	site, table, first := begunTable(t)
	writing, err := site.DB.Begin()
	require.NoError(t, err)
	defer writing.Rollback()
	_, err = writing.Exec("LOCK TABLE " + conformanceLedger + " IN ROW EXCLUSIVE MODE")
	require.NoError(t, err)
	begin := func(ctx context.Context) error {
		_, err := table.Begin(ctx, database.RunRequest{ID: "second", Migration: "conformance-test"})
		return err
	}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		began := make(chan error, 1)
		go func() { began <- begin(ctx) }()
		require.Eventually(t, func() bool {
			alive, err := table.Alive(t.Context(), first)
			return err == nil && !alive
		}, time.Minute, 20*time.Millisecond, "it is to end the first run")
		select {
		case err := <-began:
			require.FailNow(t, "it has not waited for the writer", "%v", err)
		case <-time.After(100 * time.Millisecond):
		}
		cancel()
		require.Error(t, <-began)
	}
	require.NoError(t, writing.Rollback())
	require.NoError(t, begin(t.Context()))
}

// TestAnEndDoesNotWaitForAnotherTable: its writers are none of this run's.
func TestAnEndDoesNotWaitForAnotherTable(t *testing.T) {
	site, table, run := begunTable(t)
	_, err := site.DB.Exec("CREATE TABLE db_migrate_ledger_other_thing (id bigint)")
	require.NoError(t, err)
	writing, err := site.DB.Begin()
	require.NoError(t, err)
	defer writing.Rollback()
	_, err = writing.Exec("LOCK TABLE db_migrate_ledger_other_thing IN ROW EXCLUSIVE MODE")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, table.End(ctx, run, database.Ending{Outcome: "completed"}))
}

// TestAWriterThatTakesNoAnswerIsEnded: a worker that was frozen while the server sent
// it an answer keeps its transaction open, and no timeout of the server's ends it.
func TestAWriterThatTakesNoAnswerIsEnded(t *testing.T) {
	site, table, run := begunTable(t)
	config, err := pgconn.ParseConfig(site.Options.URL)
	require.NoError(t, err)
	config.RuntimeParams["application_name"] = "db-migrate"
	frozen, err := pgconn.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer frozen.Close(context.Background())
	frozen.ExecParams(t.Context(), `WITH entered AS (INSERT INTO `+conformanceLedger+` (id, range, run, outcome) VALUES (1, 1, 1, 1) RETURNING id)
		SELECT repeat('x', 10000) FROM entered, generate_series(1, 10000)`, nil, nil, nil, nil) // and its answer is not read
	require.Eventually(t, func() bool { return blockedBySending(t, site.DB) }, time.Minute, 20*time.Millisecond)
	require.NoError(t, table.End(t.Context(), run, database.Ending{Outcome: "completed"}))
	entered := 0
	require.NoError(t, site.DB.QueryRow("SELECT count(*) FROM "+conformanceLedger).Scan(&entered))
	require.Zero(t, entered)
}

func blockedBySending(t *testing.T, site *sql.DB) bool {
	t.Helper()
	found := 0
	require.NoError(t, site.QueryRow(`SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.relation = '`+conformanceLedger+`'::regclass AND a.wait_event = 'ClientWrite'`).Scan(&found))
	return found > 0
}
