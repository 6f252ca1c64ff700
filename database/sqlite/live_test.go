package sqlite_test

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
)

// shop is a small live database: ten customers with ids from 1.
func shop(t testing.TB) databasetest.Site {
	return newSite(t, `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, details TEXT, first_name TEXT, seen_at TEXT, visits INTEGER);
		WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 10)
		INSERT INTO customers (id, name) SELECT n, 'Customer ' || n FROM numbers`)
}

func shopPlan() database.Plan {
	return database.Plan{Migration: "shop", Reads: []string{"name"}, Writes: []string{"first_name", "seen_at"}}
}

// begin opens a shop for a migration.
func begin(t testing.TB, site databasetest.Site, plan database.Plan) (database.Table, database.Mark) {
	table, err := open(t, site.Options, plan)
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: plan.Migration})
	require.NoError(t, err)
	return table, database.Mark{Run: begun.Run, Sequence: 1}
}

// naming reads customers and makes changes of their first names.
func naming(t testing.TB, table database.Table, first any) []database.Write {
	rows, err := table.Read(t.Context(), database.Range{}, nil, 100)
	require.NoError(t, err)
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i].Row = row
		writes[i].Change.Set("first_name", first)
	}
	return writes
}

func TestADryRunChangesNotAByte(t *testing.T) {
	for _, mode := range []string{"DELETE", "WAL"} {
		t.Run(mode, func(t *testing.T) { dryRun(t, mode) })
	}
}

func dryRun(t *testing.T, mode string) {
	site := shop(t)
	_, err := site.DB.Exec("PRAGMA journal_mode = " + mode)
	require.NoError(t, err)
	plans := []database.Plan{shopPlan(), {Migration: "shop", Statements: &database.Statements{
		Check: "SELECT id FROM customers WHERE id IN (:ids)", Migrate: []string{"UPDATE customers SET first_name = '' WHERE id IN (:ids)"}}}}
	before, err := os.ReadFile(site.Options.URL)
	require.NoError(t, err)
	for _, plan := range plans {
		table, err := open(t, site.Options, plan)
		require.NoError(t, err)
		bound, err := table.Bound(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, database.Bound{UpTo: database.Key{"10"}, Estimate: 10}, bound)
		keys, err := table.Fetch(t.Context(), nil, bound.UpTo, 100)
		require.NoError(t, err)
		require.Len(t, keys, 10)
		_, err = table.Read(t.Context(), database.Range{UpTo: bound.UpTo}, nil, 100)
		require.NoError(t, err)
		_, err = table.ReadKeys(t.Context(), keys)
		require.NoError(t, err)
		_, err = table.Check(t.Context(), keys)
		require.NoError(t, err)
	}
	after, err := os.ReadFile(site.Options.URL)
	require.NoError(t, err)
	require.Equal(t, before, after)
	if mode == "DELETE" {
		require.NoFileExists(t, site.Options.URL+"-wal")
	}
}

func TestAFileLockedByAnotherConnectionIsContention(t *testing.T) {
	t.Parallel()
	site := shop(t)
	table, mark := begin(t, site, shopPlan())
	writes := naming(t, table, "Anna")
	other, err := site.DB.Conn(t.Context())
	require.NoError(t, err)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)
	_, err = table.Write(t.Context(), mark, writes)
	require.ErrorContains(t, err, "database is locked")
	require.Equal(t, database.Contention, database.ClassOf(err))
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	written, err := table.Write(t.Context(), mark, writes)
	require.NoError(t, err)
	require.NotContains(t, written.Rows, false)
}

func TestATransactionThatTakesTooLongIsContention(t *testing.T) {
	t.Parallel()
	site := shop(t)
	_, err := site.DB.Exec(`CREATE TRIGGER slow AFTER UPDATE OF first_name ON customers BEGIN
		UPDATE customers SET visits = (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 40000) SELECT max(n) FROM n) WHERE id = new.id; END;
		WITH RECURSIVE numbers (n) AS (SELECT 11 UNION ALL SELECT n + 1 FROM numbers LIMIT 400) INSERT INTO customers (id) SELECT n FROM numbers`)
	require.NoError(t, err)
	_, mark := begin(t, site, shopPlan())
	reading, err := open(t, site.Options, shopPlan())
	require.NoError(t, err)
	rows, err := reading.Read(t.Context(), database.Range{}, nil, 1000)
	require.NoError(t, err)
	site.Options.StatementTimeout = time.Nanosecond
	hasty, err := open(t, site.Options, shopPlan())
	require.NoError(t, err)
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i].Row = row
		writes[i].Change.Set("first_name", "Anna")
	}
	_, err = hasty.Write(t.Context(), mark, writes)
	require.Equal(t, database.Contention, database.ClassOf(err), "%v", err)
	var named int
	require.NoError(t, site.DB.QueryRow("SELECT count(first_name) FROM customers").Scan(&named))
	require.Zero(t, named)
}

func TestBadDataIsTheCustomersOwnError(t *testing.T) {
	site := shop(t)
	_, err := site.DB.Exec("UPDATE customers SET details = iif(id = 7, '{not json', '{\"first\": \"Anna\"}')")
	require.NoError(t, err)
	table, mark := begin(t, site, database.Plan{Migration: "shop", Statements: &database.Statements{
		Migrate: []string{"UPDATE customers SET first_name = details ->> 'first' WHERE id IN (:ids)"}}})
	write := func(ids ...string) error {
		var writes []database.Write
		for _, id := range ids {
			writes = append(writes, database.Write{Row: database.Row{Key: database.Key{id}}})
		}
		_, err := table.Write(t.Context(), mark, writes)
		return err
	}
	err = write("6", "7", "8")
	require.ErrorContains(t, err, "malformed JSON")
	require.Equal(t, database.Own, database.ClassOf(err))
	require.NoError(t, write("6", "8"))
}

func TestValuesOfGoAreStoredAsSQLiteUnderstandsThem(t *testing.T) {
	site := shop(t)
	table, mark := begin(t, site, shopPlan())
	day := time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)
	for i, test := range []struct {
		value    any
		expected string
	}{{5, "5"}, {int32(6), "6"}, {true, "1"}, {day, "2026-03-01 12:30:00+00:00"}, {[]byte("x"), "x"}, {new(string), ""}} {
		writes := naming(t, table, test.value)[i : i+1]
		written, err := table.Write(t.Context(), mark, writes)
		require.NoError(t, err)
		require.Equal(t, []bool{true}, written.Rows)
		var stored string
		require.NoError(t, site.DB.QueryRow("SELECT first_name FROM customers WHERE id = ?", i+1).Scan(&stored))
		require.Equal(t, test.expected, stored)
	}
	_, err := table.Write(t.Context(), mark, naming(t, table, struct{}{})[8:9])
	require.Equal(t, database.Own, database.ClassOf(err), "%v", err)
	require.ErrorContains(t, err, "row 9")
}

func TestManyStatementsMayDiffer(t *testing.T) {
	site := shop(t)
	_, err := site.DB.Exec("CREATE TABLE notes (text TEXT)")
	require.NoError(t, err)
	table, mark := begin(t, site, shopPlan())
	for turn := range 3 {
		writes := naming(t, table, "Anna")[turn : turn+1]
		for i := range 300 {
			writes[0].Change.Run("INSERT INTO notes VALUES ('note " + strconv.Itoa(1000*turn+i) + "')")
		}
		_, err := table.Write(t.Context(), mark, writes)
		require.NoError(t, err)
	}
	var notes int
	require.NoError(t, site.DB.QueryRow("SELECT COUNT(DISTINCT text) FROM notes").Scan(&notes))
	require.Equal(t, 900, notes)
}

// TestTheSiteGetsToWrite prints how long the site waited beside transactions
// back to back. Without the gaps it waited for as long as they went on.
func TestTheSiteGetsToWrite(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	site := shop(t)
	table, mark := begin(t, site, shopPlan())
	writes := naming(t, table, "Anna")
	var ended atomic.Bool
	migrating := make(chan int)
	go func() {
		transactions := 0
		for ; !ended.Load(); transactions++ {
			for i := range writes {
				writes[i].Row.Values[0] = "somebody else" // it holds the lock and writes nothing
			}
			if _, err := table.Write(context.Background(), mark, writes); err != nil {
				t.Errorf("%v", err)
				break
			}
		}
		migrating <- transactions
	}()
	writesOfSite, longest := 0, time.Duration(0)
	for began := time.Now(); time.Since(began) < 2500*time.Millisecond; writesOfSite++ {
		asked := time.Now()
		_, err := site.DB.Exec("UPDATE customers SET visits = 1 WHERE id = 1")
		require.NoError(t, err)
		longest = max(longest, time.Since(asked))
		time.Sleep(20 * time.Millisecond)
	}
	ended.Store(true)
	t.Logf("%d transactions, beside them %d writes of the site's; the longest waited %v", <-migrating, writesOfSite, longest)
	require.Positive(t, writesOfSite)
}
