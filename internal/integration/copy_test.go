package integration_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// otherBuild is the worker's program as if it were built from other code.
func (s *stack) otherBuild(name string) {
	s.Helper()
	program, err := os.ReadFile(filepath.Join(s.bin, "worker"))
	require.NoError(s, err)
	require.NoError(s, os.WriteFile(s.path(name), append(program, "another build"...), 0o755))
}

// untilRefused waits until a worker has refused the run's work for this reason.
func (s *stack) untilRefused(reasons ...string) {
	s.Helper()
	connected := s.client()
	s.until("the refusal", func() bool {
		said := s.lastFailures(connected, workflow)
		for _, reason := range reasons {
			if !strings.Contains(said, reason) {
				return false
			}
		}
		return true
	})
}

// TestAnotherBuildOfAGoMigrationIsRefused, though its version is the same, until
// somebody says that it means the same.
func TestAnotherBuildOfAGoMigrationIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.otherBuild("other-worker")
	right := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 20 })
	right.kill()
	before := s.progress()
	other := s.startCommand("worker", exec.Command(s.path("other-worker"), readBy("worker", s.workerOptions(slow("20")))...), nil)
	s.untilServes(other)
	s.untilRefused("this run is about migration customer-contact", "they differ in build of the program: ")
	require.Equal(t, before, s.progress(), "it has written for the run")
	require.Contains(t, s.tell(0, "resume", "--same-ledger"), "the migration is running")
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 3000, 0)
}

// TestWorkersOfOtherBooksAreRefused: the key, and where our tables lie, are the run's.
func TestWorkersOfOtherBooksAreRefused(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]struct{ option, says string }{
		"schema": {"connection/schema=%s_books", "connection/schema: "},
		"key":    {"connection/key=other_id", "key: id, and here other_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.share(products()[0])
			v.fill(3000)
			v.exec("ALTER TABLE customers ADD COLUMN other_id bigint")
			v.exec("UPDATE customers SET other_id = -id")
			v.exec("ALTER TABLE customers ALTER COLUMN other_id SET NOT NULL")
			v.exec("ALTER TABLE customers ADD UNIQUE (other_id)")
			option := other.option
			if strings.Contains(option, "%s") {
				schema := v.schema() + "_books"
				v.exec("CREATE SCHEMA " + schema)
				s.Cleanup(func() { v.exec("DROP SCHEMA " + schema + " CASCADE") })
				option = fmt.Sprintf(option, v.schema())
			}
			right := s.startWorker(v.options(slow("20")...)...)
			starter := s.startStarter(slow("20")...)
			written := func() int64 { return v.count("SELECT COUNT(*) FROM audit") }
			s.until("some progress", func() bool { return written() > 20 })
			right.kill()
			wrong := s.startWorker(v.options(append(slow("20"), option)...)...)
			before := written()
			s.untilRefused("they differ in", other.says)
			require.Equal(t, before, written())
			wrong.kill()
			s.startWorker(v.options(slow("20")...)...)
			require.Contains(t, s.tell(0, "rate", "0"), "the migration is running")
			require.Zero(t, starter.wait(t), starter.text())
			require.EqualValues(t, 3000, s.summary(starter).Scanned)
			require.Equal(t, s.summary(starter).Migrated, written())
			require.Equal(t, written(), v.ledgerRows())
			require.Zero(t, v.count(unmigrated))
		})
	}
}

// schema is the test's own schema on PostgreSQL.
func (v *server) schema() string {
	v.Helper()
	address, err := url.Parse(v.url)
	require.NoError(v, err)
	return address.Query().Get("search_path")
}

// TestACopyOfThePostgresDatabaseIsRefused: it has the run in its books, and is another
// database for the server. Nothing is read or written there.
func TestACopyOfThePostgresDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	shared := s.share(products()[0])
	name := fmt.Sprintf("copied_%d", time.Now().UnixNano())
	at := func(name string) *server {
		address, err := url.Parse(shared.url)
		require.NoError(t, err)
		address.Path, address.RawQuery = "/"+name, "sslmode=disable"
		return &server{stack: s, product: shared.product, url: address.String()}
	}
	for _, name := range []string{name, name + "_copy"} {
		t.Cleanup(func() { shared.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	}
	shared.exec("CREATE DATABASE " + name)
	v, twin := at(name), at(name+"_copy")
	v.fill(3000)
	right := s.startWorker(v.options(slow("20")...)...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return v.count("SELECT COUNT(*) FROM audit") > 20 })
	right.kill()
	shared.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'")
	shared.exec("CREATE DATABASE " + name + "_copy TEMPLATE " + name)
	before := twin.count("SELECT COUNT(*) FROM audit")
	// both under one name, as after a change of the server behind it
	shared.exec("ALTER DATABASE " + name + " RENAME TO " + name + "_right")
	shared.exec("ALTER DATABASE " + name + "_copy RENAME TO " + name)
	wrong := s.startWorker(v.options(slow("20")...)...)
	s.untilRefused("they differ in database and table: ")
	wrong.kill()
	require.Equal(t, before, v.count("SELECT COUNT(*) FROM audit"), "the copy was written to")
	shared.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'")
	shared.exec("ALTER DATABASE " + name + " RENAME TO " + name + "_copy")
	shared.exec("ALTER DATABASE " + name + "_right RENAME TO " + name)
	s.startWorker(v.options(slow("20")...)...)
	require.Contains(t, s.tell(0, "rate", "0"), "the migration is running")
	require.Zero(t, starter.wait(t), starter.text())
	require.EqualValues(t, 3000, s.summary(starter).Scanned)
	require.Equal(t, s.summary(starter).Migrated, v.count("SELECT COUNT(*) FROM audit"))
	require.Zero(t, v.count(unmigrated))
}

// swap puts another SQLite file in the place of the customers', with what belongs to
// each, and leaves the old one under another name.
func (s *stack) swap(other, old string) {
	s.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		for _, names := range [][2]string{{"customers.db", old}, {other, "customers.db"}} {
			err := os.Rename(s.path(names[0]+end), s.path(names[1]+end))
			require.True(s, err == nil || end != "" && os.IsNotExist(err), "%v", err)
		}
	}
}

const unmigrated = "SELECT COUNT(*) FROM customers WHERE first_name IS NULL"

// TestAFileInThePlaceOfTheRightOne: what is not in the file of that name is not
// counted. The worker says so; one that is started anew finds that this file knows no
// such run, and the run ends as failed.
func TestAFileInThePlaceOfTheRightOne(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	other := s.start("customers", nil, "--rows", "50", "--db", s.path("other.db"))
	require.Zero(t, other.wait(t), other.text())
	untouched := s.numberIn("other.db", unmigrated)
	worker := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 20 })
	s.swap("other.db", "moved.db")
	s.until("the worker's word", func() bool {
		return strings.Contains(s.said("status"), "is not the one that this worker has opened: another one was put in its place")
	})
	written := s.numberIn("moved.db", "SELECT COUNT(*) FROM audit")
	worker.kill()
	s.startWorker(slow("20")...)
	require.Equal(t, 1, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.Equal(t, "failed", end.Phase)
	require.Contains(t, starter.text(), "is over, or unknown to this database")
	require.LessOrEqual(t, end.Migrated, written, "no row is counted that is in neither file")
	require.Equal(t, written, s.numberIn("moved.db", "SELECT COUNT(*) FROM audit"), "the file was written to after it was moved away")
	require.Equal(t, untouched, s.number(unmigrated), "the wrong file was written to")
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
}

// TestACopyOfAFileFromBeforeTheRunIsRefused: its books are those of the run before.
func TestACopyOfAFileFromBeforeTheRunIsRefused(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	worker := s.startWorker(slow("20")...)
	first := s.startStarter(append(slow("20"), "--to", "100")...)
	require.Zero(t, first.wait(t), first.text())
	s.execute("PRAGMA wal_checkpoint(TRUNCATE)", fmt.Sprintf("VACUUM INTO '%s'", s.path("copy.db")))
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 120 })
	worker.kill()
	before := s.numberIn("copy.db", "SELECT COUNT(*) FROM audit")
	s.swap("copy.db", "moved.db")
	s.startWorker(slow("20")...)
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Equal(t, "failed", s.summary(starter).Phase)
	require.Contains(t, starter.text(), "or this is a copy of the database")
	require.Equal(t, before, s.progress(), "the copy was written to")
}

// TestACopyOfAFileInMidRunIsCompleted: nothing tells such a copy from the file but its
// ledger, which lacks what was written after it was made. The look at the end finds what
// is left there, so that «completed» is true of the file of that name.
func TestACopyOfAFileInMidRunIsCompleted(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(6000)
	worker := s.startWorker(slow("60")...)
	starter := s.startStarter(slow("60")...)
	s.until("some progress", func() bool { return s.progress() > 60 })
	s.execute(fmt.Sprintf("VACUUM INTO '%s'", s.path("copy.db")))
	copied := s.progress()
	// What the worker alone knows is done again, on the copy: only what Temporal has been
	// told of is missing there.
	s.untilStatus(s.client(), "more to be counted than there is in the copy", func(now workflows.Status) bool {
		require.False(t, ended(starter), starter.text())
		return now.Totals.Migrated > copied
	})
	worker.kill()
	s.swap("copy.db", "moved.db")
	s.startWorker(slow("60")...)
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	require.Zero(t, s.number(unmigrated))
	require.Equal(t, s.progress(), s.ledgered())
	require.Equal(t, s.progress(), s.number("SELECT COUNT(DISTINCT id) FROM audit"))
	end := s.summary(starter)
	require.EqualValues(t, 6000, end.Scanned)
	require.Equal(t, end.Scanned, end.Migrated+end.Skipped, "each row is counted once")
	require.Positive(t, end.FoundAgain, "or nothing was counted after the copy was made")
}
