package integration_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// postgres makes a schema of its own on the tests' server, with so many
// customers in it, and a trigger that notes each change.
func (s *stack) postgres(rows int) (address string, site *sql.DB) {
	s.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		s.Skip("TEST_POSTGRES_URL is not set: make services")
	}
	schema := fmt.Sprintf("integration_%d", time.Now().UnixNano())
	parsed, err := url.Parse(server)
	require.NoError(s, err)
	values := parsed.Query()
	values.Set("search_path", schema)
	parsed.RawQuery = values.Encode()
	site, err = sql.Open("pgx", parsed.String())
	require.NoError(s, err)
	s.Cleanup(func() {
		_, err := site.Exec("DROP SCHEMA " + schema + " CASCADE")
		require.NoError(s, err)
		require.NoError(s, site.Close())
	})
	_, err = site.Exec("CREATE SCHEMA " + schema)
	require.NoError(s, err)
	made := s.start("customers", nil, "--rows", fmt.Sprint(rows), "--url", parsed.String())
	require.Zero(s, made.wait(s), made.text())
	_, err = site.Exec(`CREATE TABLE audit (id bigint);
		CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (new.id); RETURN new; END $$;
		CREATE TRIGGER audited AFTER UPDATE OF first_name ON customers FOR EACH ROW
		WHEN (new.first_name IS DISTINCT FROM old.first_name) EXECUTE FUNCTION audited()`)
	require.NoError(s, err)
	return parsed.String(), site
}

func count(t testing.TB, site *sql.DB, query string) int64 {
	t.Helper()
	var number int64
	require.NoError(t, site.QueryRow(query).Scan(&number), query)
	return number
}

// TestPostgresUnderKills kills the worker at random moments, and its connections
// to the database as a server that goes down would; each row is changed once.
func TestPostgresUnderKills(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	address, site := s.postgres(60_000)
	options := []string{"connection/driver=postgres", "connection/url=" + address, "customer-migration/rate=6000"}
	worker := s.startWorker(options...)
	starter := s.startStarter(options...)
	done := func() int64 {
		var number int64
		_ = site.QueryRow("SELECT count(*) FROM db_migrate_ledger_customer_contact").Scan(&number)
		return number
	}
	for kill := range 3 {
		before := done()
		s.until("progress", func() bool { return done() > before+1000 })
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		if kill == 1 {
			_, err := site.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'db-migrate'")
			require.NoError(t, err)
			continue
		}
		worker.kill()
		worker = s.startWorker(options...)
	}
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.Equal(t, workflows.PhaseCompleted, end.Phase)
	require.EqualValues(t, 60_000, end.Scanned)
	require.EqualValues(t, 60_000, end.Migrated+end.Skipped)
	require.Zero(t, end.Failed+end.Appeared+end.Vanished)
	require.Equal(t, end.Migrated, count(t, site, "SELECT count(*) FROM db_migrate_ledger_customer_contact WHERE outcome = 1"))
	require.Equal(t, end.Migrated, count(t, site, "SELECT count(*) FROM audit"))
	require.Equal(t, end.Migrated, count(t, site, "SELECT count(DISTINCT id) FROM audit"))
	require.Zero(t, count(t, site, "SELECT count(*) FROM customers WHERE first_name IS NULL OR email_normalized IS NULL"))
}
