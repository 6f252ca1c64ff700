package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/sqlite"
)

// The benchmarks work on the shipped example's table: three columns are read,
// four written, and all seven compared. Their unit is ns/customer.
const (
	benchCustomers   = 100_000
	benchTransaction = 1000
)

const benchTable = `CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT, phone TEXT, email TEXT,
	first_name TEXT, last_name TEXT, phone_e164 TEXT, email_normalized TEXT);
	WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT ?)
	INSERT INTO customers (id, full_name, phone, email) SELECT 1000000 + n * 7, 'Augusta Ada Lovelace ' || n,
		'+1 415 555 0' || (100 + n % 100), 'Ada.Lovelace.' || n || '@Example.com' FROM numbers`

const benchReset = `UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL;
	DELETE FROM db_migrate_ledger_customers_bench; PRAGMA wal_checkpoint(TRUNCATE)`

// benchmark is a file of customers, walked through transaction by transaction.
type benchmark struct {
	*testing.B
	path  string
	site  *sql.DB
	table database.Table
	mark  database.Mark
	after database.Key
	// taken counts customers; the file begins again when all of them are.
	taken int
}

// benchPlan is the plan that rows are read and written by.
var benchPlan = database.Plan{Migration: "bench",
	Reads: []string{"full_name", "phone", "email"}, Writes: []string{"first_name", "last_name", "phone_e164", "email_normalized"}}

func newBenchmark(b *testing.B) *benchmark {
	path := filepath.Join(b.TempDir(), "customers.db")
	site, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, site.Close()) })
	site.SetMaxOpenConns(1)
	_, err = site.Exec(benchTable, benchCustomers)
	require.NoError(b, err)
	table := openBenchmark(b, path, benchPlan)
	begun, err := table.Begin(b.Context(), database.RunRequest{ID: "run", Migration: "bench"})
	require.NoError(b, err)
	return &benchmark{B: b, path: path, site: site, table: table, mark: database.Mark{Run: begun.Run, Sequence: 1}}
}

func openBenchmark(b *testing.B, path string, plan database.Plan) database.Table {
	opened, err := sqlite.Driver{}.Open(b.Context(), database.Options{URL: path, Table: "customers", Processes: 2, StatementTimeout: time.Minute})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, opened.Close()) })
	table, err := opened.Prepare(b.Context(), plan)
	require.NoError(b, err)
	return table
}

// next reads a transaction's customers, and decides on their changes.
func (b *benchmark) next() []database.Write {
	if b.taken == benchCustomers {
		_, err := b.site.Exec(benchReset)
		require.NoError(b, err)
		b.taken, b.after = 0, nil
	}
	rows, err := b.table.Read(b.Context(), database.Range{}, b.after, benchTransaction)
	require.NoError(b, err)
	require.Len(b, rows, benchTransaction)
	b.after = rows[len(rows)-1].Key
	b.taken += len(rows)
	return decideAll(rows)
}

func decideAll(rows []database.Row) []database.Write {
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		change := database.Change{Assignments: make([]database.Assignment, 0, 4)}
		change.Set("first_name", row.Text("full_name")[:11])
		change.Set("last_name", row.Text("full_name")[12:])
		change.Set("phone_e164", row.Text("phone")[:10])
		change.Set("email_normalized", row.Text("email")[4:])
		writes[i] = database.Write{Row: row, Change: change}
	}
	return writes
}

// run times work on transaction after transaction.
func (b *benchmark) run(work func(context.Context, []database.Write)) {
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		writes := b.next()
		b.StartTimer()
		work(b.Context(), writes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchTransaction), "ns/customer")
}

// BenchmarkWrite is the driver's Write.
func BenchmarkWrite(b *testing.B) {
	bench := newBenchmark(b)
	bench.run(func(ctx context.Context, writes []database.Write) {
		written, err := bench.table.Write(ctx, bench.mark, writes)
		require.NoError(b, err)
		require.NotContains(b, written.Rows, false)
	})
}

// BenchmarkWriteStatement is Write with a statement for a set instead of changes.
func BenchmarkWriteStatement(b *testing.B) {
	bench := newBenchmark(b)
	table := openBenchmark(b, bench.path, database.Plan{Migration: "bench", Statements: &database.Statements{Migrate: []string{
		`UPDATE customers SET first_name = substr(full_name, 1, 11), last_name = substr(full_name, 13), phone_e164 = substr(phone, 1, 10),
		email_normalized = lower(trim(email)) WHERE id IN (:ids) AND first_name IS NULL`}}})
	bench.run(func(ctx context.Context, writes []database.Write) {
		written, err := table.Write(ctx, bench.mark, writes)
		require.NoError(b, err)
		require.NotContains(b, written.Rows, false)
	})
}

// BenchmarkLoop is what one would write by hand to the same end: a transaction
// in which prepared statements update each customer and note him in the ledger.
func BenchmarkLoop(b *testing.B) {
	bench := newBenchmark(b)
	update, err := bench.site.Prepare(`UPDATE customers SET first_name = ?, last_name = ?, phone_e164 = ?, email_normalized = ?
		WHERE id = ? AND full_name IS ? AND phone IS ? AND email IS ?
		AND first_name IS ? AND last_name IS ? AND phone_e164 IS ? AND email_normalized IS ?`)
	require.NoError(b, err)
	ledger, err := bench.site.Prepare("INSERT INTO db_migrate_ledger_customers_bench VALUES (?, ?, ?, ?)")
	require.NoError(b, err)
	bench.run(func(_ context.Context, writes []database.Write) {
		transaction, err := bench.site.Begin()
		require.NoError(b, err)
		update, ledger := transaction.Stmt(update), transaction.Stmt(ledger)
		for _, write := range writes {
			id, err := strconv.ParseInt(write.Row.Key[0], 10, 64)
			require.NoError(b, err)
			set, old := write.Change.Assignments, write.Row.Values
			result, err := update.Exec(set[0].Value, set[1].Value, set[2].Value, set[3].Value, id,
				old[0], old[1], old[2], old[3], old[4], old[5], old[6])
			require.NoError(b, err)
			updated, err := result.RowsAffected()
			require.NoError(b, err)
			require.Equal(b, int64(1), updated)
			_, err = ledger.Exec(id, 1, 1, 1)
			require.NoError(b, err)
		}
		require.NoError(b, transaction.Commit())
	})
}

// BenchmarkRead is the driver's Read.
func BenchmarkRead(b *testing.B) {
	bench := newBenchmark(b)
	b.ReportAllocs()
	b.ResetTimer()
	var after database.Key
	for range b.N {
		rows, err := bench.table.Read(b.Context(), database.Range{}, after, benchTransaction)
		require.NoError(b, err)
		if after = nil; len(rows) == benchTransaction {
			after = rows[len(rows)-1].Key
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchTransaction), "ns/customer")
}
