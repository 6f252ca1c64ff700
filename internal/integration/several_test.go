package integration_test

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sideBySide are two migrations on a database, each of a table of its own.
type sideBySide struct {
	*shelf
	// first and second are the starters' options.
	first, second []string
}

// requireBothDone: each table has each change once, by its own run.
func (b *sideBySide) requireBothDone(rows int64, starters ...*process) {
	b.Helper()
	for i, starter := range starters {
		require.Zero(b, starter.wait(b), starter.text())
		require.Equal(b, account{Scanned: rows, Migrated: rows}, b.accountOf(starter), "migration %d", i+1)
	}
	require.Equal(b, []int64{rows, rows}, []int64{b.loud("customers"), b.loud("orders")})
}

// TestOneWorkerServesSeveralMigrations of a database at once, each with its own task
// queue, on every driver.
func TestOneWorkerServesSeveralMigrations(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		b := &sideBySide{shelf: newShelf(s, p, "customers", "orders")}
		rows := 10_000
		if p.driver == "cassandra" {
			rows = shelfRows
		} else {
			b.load("customers", shelfRows+1, rows)
			b.load("orders", shelfRows+1, rows)
		}
		b.writeAs("shout", "customers", true)
		b.writeAs("shout-orders", "orders", true)
		options := b.options("--config", s.folder, "customer-migration/processes=4")
		worker := s.startWorker(append(options, "--serve", "shout,shout-orders@orders")...)
		require.Contains(t, worker.text(), "on task queue db-migrate/localhost/shout/customers\n")
		require.Contains(t, worker.text(), "on task queue db-migrate/localhost/shout-orders/orders\n")
		b.first = append(options, "customer-migrator/migration=shout")
		b.second = append(options[:len(options):len(options)], "customer-migrator/migration=shout-orders", "connection/table=orders")
		began := time.Now()
		b.requireBothDone(int64(rows), s.startStarter(b.first...), s.startStarter(b.second...))
		atOnce := time.Since(began)
		require.NotContains(t, worker.text(), "this run is about")
		worker.signal(syscall.SIGTERM)
		require.Zero(t, worker.wait(t), worker.text())
		if p.driver == "cassandra" {
			return
		}
		b.do("UPDATE customers SET shouted = NULL")
		b.do("UPDATE orders SET shouted = NULL")
		s.startWorker(append(options, "--serve", "shout,shout-orders@orders")...)
		for _, one := range [][]string{b.first, b.second} {
			s.tell(0, append([]string{"ledger", "drop", "--yes"}, one...)...)
		}
		began = time.Now()
		first := s.startStarter(b.first...)
		first.wait(t)
		b.requireBothDone(int64(rows), first, s.startStarter(b.second...))
		t.Logf("%s: twice %d rows took %s at once, and %s one after the other", p.driver, rows, atOnce.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	})
}

// TestTwoWorkersOfOneMigration, each of another table: neither meets the other's work, and
// whoever says the name alone is asked which one is meant.
func TestTwoWorkersOfOneMigration(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	b := &sideBySide{shelf: newShelf(s, product{driver: "sqlite"}, "customers", "orders")}
	worker := func(folder, table string) ([]string, *process) {
		b.write(table, true)
		require.NoError(t, os.MkdirAll(s.path(folder), 0o755))
		require.NoError(t, os.Rename(s.path("migrations"), s.path(folder+"/migrations")))
		options := b.options(append(slow("20"), "--config", s.path(folder), "customer-migrator/migration=shout", "connection/table="+table)...)
		return options, s.startWorker(options...)
	}
	var one, other *process
	b.first, one = worker("one", "customers")
	b.second, other = worker("other", "orders")
	starters := []*process{s.startStarter(b.first...), s.startStarter(b.second...)}
	var said string
	s.until("both to be listed", func() bool { said = s.said("status", "shout"); return strings.Contains(said, "2 migrations run") })
	require.Contains(t, said, "shout@orders")
	require.Contains(t, s.said("list"), "shout@orders  running")
	require.Contains(t, s.tell(2, "cancel"), "2 migrations run")
	untold := slices.DeleteFunc(slices.Clone(b.first), func(option string) bool { return strings.HasPrefix(option, "connection/table=") })
	require.Contains(t, s.tell(2, append(untold, "--dry-run")...), "serve the tables customers and orders")
	require.Contains(t, s.tell(0, "rate", "0", "shout", "connection/table=orders"), "the migration is running")
	require.Zero(t, starters[1].wait(t), starters[1].text())
	require.Contains(t, s.said("status", "shout"), "table customers (localhost): running")
	s.release(b.first...)
	other.kill()
	require.Regexp(t, `no worker polls task queue db-migrate/localhost/shout/orders|no worker of task queue db-migrate/localhost/shout/orders takes`,
		s.tell(3, append([]string{"--dry-run"}, b.second...)...), "while the other one lives")
	b.requireBothDone(shelfRows, starters...)
	require.NotContains(t, one.text()+other.text(), "this run is about")
	require.Equal(t, "migration/shout/localhost", s.summary(starters[0]).WorkflowID)
	require.Equal(t, "migration/shout@orders/localhost", s.summary(starters[1]).WorkflowID)
}

// TestAllOfAFolderAreServed that fit the table, and the others are told.
func TestAllOfAFolderAreServed(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(500)
	s.writeMigration("shout", undoable)
	s.writeMigration("stray", "name: stray\nversion: \"1\"\nmigrate: UPDATE customers SET no_such_column = 1 WHERE id IN (:ids)\n")
	worker := s.startWorker("--config", s.folder, "--serve", "all")
	for _, name := range []string{"customer-contact", "shout"} {
		require.Contains(t, worker.text(), "on task queue db-migrate/localhost/"+name+"/customers\n")
	}
	require.Contains(t, worker.text(), "worker: migration shout-undo is not served: migration shout-undo: there is no ledger")
	require.Regexp(t, "worker: migration stray is not served: .*no_such_column", worker.text())
	require.NotContains(t, worker.text(), "/stray/")
	for _, name := range []string{"shout", "shout-undo"} {
		starter := s.startStarter("--config", s.folder, "customer-migrator/migration="+name)
		require.Zero(t, starter.wait(t), starter.text())
		worker.kill()
		worker = s.startWorker("--config", s.folder, "--serve", "all") // which has something to undo
	}
	worker.kill()
	stray := s.start("worker", nil, s.workerOptions([]string{"--config", s.folder, "--serve", "shout,stray"})...)
	require.Equal(t, 2, stray.wait(t), stray.text())
	require.Contains(t, stray.text(), "no_such_column")
	require.Contains(t, s.tell(3, "--config", s.folder, "customer-migrator/migration=stray"),
		"no worker polls task queue db-migrate/localhost/stray/customers; nothing was started\nstart one: bin/worker --config "+s.folder+" customer-migrator/migration=stray\n")
}
