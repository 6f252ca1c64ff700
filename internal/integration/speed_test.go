package integration_test

import (
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/migration/contact"
)

// TestSpeed prints how fast a migration is beside a plain hand-written loop, and
// what it costs. It asserts no speed: make bench
func TestSpeed(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("measures only with BENCH=1 (make bench)")
	}
	fmt.Println("| customers | loop, rows/s | db-migrate, rows/s | ratio | worker | starter | events | history, bytes a customer | Temporal's store, bytes a customer |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, ids := range []string{"numeric", "uuid"} {
		for _, rows := range []int{100_000, 1_000_000} {
			measure(t, ids, rows)
		}
	}
}

func measure(t *testing.T, ids string, rows int) {
	s := newStack(t)
	s.generateFor(ids, rows)
	loop := s.loop(t, rows)
	s.generateFor(ids, rows)
	before := s.storeSize()
	worker := s.startWorker()
	starter := s.startStarter()
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.EqualValues(t, rows, end.Migrated+end.Skipped)
	description, err := s.client().DescribeWorkflowExecution(t.Context(), workflow, "")
	require.NoError(t, err)
	info := description.GetWorkflowExecutionInfo()
	ours := float64(rows) / end.Elapsed
	fmt.Printf("| %d, %s | %.0f | %.0f | %.2f | %s | %d MB | %d | %.3f | %.2f |\n", rows, ids, loop, ours, ours/loop, peak(worker.Process.Pid),
		starter.ProcessState.SysUsage().(*syscall.Rusage).Maxrss/1024, info.GetHistoryLength(),
		float64(info.GetHistorySizeBytes())/float64(rows), float64(s.storeSize()-before)/float64(rows))
	worker.kill()
	s.temporal.kill()
}

func (s *stack) generateFor(ids string, rows int) {
	s.Helper()
	p := s.start("customers", nil, "--rows", fmt.Sprint(rows), "--ids", ids, "--db", s.path("customers.db"), "--force")
	require.Zero(s, p.wait(s), p.text())
}

// storeSize is the size of Temporal's database.
func (s *stack) storeSize() int64 {
	total := int64(0)
	for _, name := range []string{"temporal.db", "temporal.db-wal"} {
		if info, err := os.Stat(s.path(name)); err == nil {
			total += info.Size()
		}
	}
	return total
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

func peak(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "?"
	}
	var kilobytes int
	if found := highWater.FindSubmatch(text); found != nil {
		_, _ = fmt.Sscan(string(found[1]), &kilobytes)
	}
	return fmt.Sprintf("%d MB", kilobytes/1024)
}

// loop migrates as one would by hand: 1,000 customers a transaction, with ledger
// rows and the same comparison, and no durability beyond SQLite's own.
func (s *stack) loop(t *testing.T, rows int) float64 {
	opened, err := sql.Open("sqlite", "file:"+s.path("customers.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	require.NoError(t, err)
	defer opened.Close()
	opened.SetMaxOpenConns(1)
	_, err = opened.Exec("CREATE TABLE ledger (id PRIMARY KEY, run INTEGER, range INTEGER, outcome INTEGER, migrated_at INTEGER) WITHOUT ROWID")
	require.NoError(t, err)
	began := time.Now()
	var last any = ""
	if s.number("SELECT typeof(id) = 'integer' FROM customers LIMIT 1") == 1 {
		last = int64(-1)
	}
	for {
		next := loopSet(t, opened, last)
		if next == nil {
			return float64(rows) / time.Since(began).Seconds()
		}
		last = next
	}
}

type loopRow struct {
	id                                      any
	full, phone, email                      string
	first, lastName, e164, normalizedBefore sql.NullString
}

func loopSet(t *testing.T, opened *sql.DB, after any) any {
	found, err := opened.Query("SELECT id, full_name, phone, email, first_name, last_name, phone_e164, email_normalized FROM customers WHERE id > ? ORDER BY id LIMIT 1000", after)
	require.NoError(t, err)
	var rows []loopRow
	for found.Next() {
		var row loopRow
		require.NoError(t, found.Scan(&row.id, &row.full, &row.phone, &row.email, &row.first, &row.lastName, &row.e164, &row.normalizedBefore))
		rows = append(rows, row)
	}
	require.NoError(t, found.Close())
	if len(rows) == 0 {
		return nil
	}
	transaction, err := opened.Begin()
	require.NoError(t, err)
	update, err := transaction.Prepare(`UPDATE customers SET first_name = ?, last_name = ?, phone_e164 = ?, email_normalized = ? WHERE id = ?
		AND full_name IS ? AND phone IS ? AND email IS ? AND first_name IS ? AND last_name IS ? AND phone_e164 IS ? AND email_normalized IS ?`)
	require.NoError(t, err)
	enter, err := transaction.Prepare("INSERT INTO ledger VALUES (?, 1, 1, 1, ?)")
	require.NoError(t, err)
	for _, row := range rows {
		if row.first.Valid && row.lastName.Valid && row.e164.Valid && row.normalizedBefore.Valid {
			continue
		}
		first, lastName, _ := contact.SplitName(row.full)
		e164, _ := contact.NormalizePhone(row.phone)
		email, _ := contact.NormalizeEmail(row.email)
		result, err := update.Exec(first, lastName, e164, email, row.id, row.full, row.phone, row.email, row.first, row.lastName, row.e164, row.normalizedBefore)
		require.NoError(t, err)
		if changed, _ := result.RowsAffected(); changed == 1 {
			_, err = enter.Exec(row.id, time.Now().Unix())
			require.NoError(t, err)
		}
	}
	require.NoError(t, transaction.Commit())
	return rows[len(rows)-1].id
}
