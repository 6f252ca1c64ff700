package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestAnIndexOnWhatIsFilledIsNotTaken: the statistics say that nobody is left to be
// migrated, so that such an index seems to be the shortest way. Statements of every
// form keep to the key, and do as they did.
func TestAnIndexOnWhatIsFilledIsNotTaken(t *testing.T) {
	for name, test := range map[string]struct{ check, migrate string }{
		"for a set":              {"SELECT id FROM customers WHERE id IN (:ids) AND first_name IS NULL", "UPDATE customers SET first_name = 'x' WHERE id IN (:ids) AND first_name IS NULL"},
		"for one customer":       {"SELECT id FROM customers WHERE id = :id AND first_name IS NULL", "UPDATE customers SET first_name = 'x' WHERE id = :id AND first_name IS NULL"},
		"an alias, and comments": {"SELECT c.id FROM customers AS c WHERE c.id IN (:ids) AND c.first_name IS NULL ORDER BY c.id -- all", "UPDATE customers SET first_name = 'x' WHERE customers.id IN (:ids) AND first_name IS NULL AND name > '' -- done"},
		"its own RETURNING":      {"", "UPDATE customers SET first_name = 'x' WHERE id IN (:ids) AND first_name IS NULL RETURNING id;"},
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, `CREATE TABLE customers (id bigint PRIMARY KEY, name text, first_name text) WITH (autovacuum_enabled = false);
				INSERT INTO customers SELECT n, 'Customer ' || n, 'x' || n FROM generate_series(1, 20000) AS n;
				CREATE INDEX filled ON customers (first_name); ANALYZE customers; UPDATE customers SET first_name = NULL`)
			site.Options.StatementTimeout = time.Minute
			connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
			require.NoError(t, err)
			table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Statements: &database.Statements{Check: test.check, Migrate: []string{test.migrate}}})
			require.NoError(t, err)
			begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
			require.NoError(t, err)
			keys, writes := make([]database.Key, 200), make([]database.Write, 200)
			for i := range keys {
				keys[i] = database.Key{fmt.Sprint(10_000 + i)}
				writes[i].Row.Key = keys[i]
			}
			needed, err := table.Check(t.Context(), keys)
			require.NoError(t, err)
			require.NotContains(t, needed, false)
			written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
			require.NoError(t, err)
			require.NotContains(t, written.Rows, false)
			require.NoError(t, connection.Close()) // its sessions' statistics are in, then
			var scans int
			require.NoError(t, site.DB.QueryRow("SELECT pg_stat_get_numscans('filled'::regclass)").Scan(&scans))
			require.Zero(t, scans, "the index was taken")
		})
	}
}
