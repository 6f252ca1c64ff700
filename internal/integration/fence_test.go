package integration_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// things is how many rows the frozen workers have before them.
const things = 20_000

// frozenRounds is how often a worker is frozen; FROZEN_ROUNDS says otherwise.
func frozenRounds(t *testing.T) int {
	text := os.Getenv("FROZEN_ROUNDS")
	if text == "" {
		return 1
	}
	number, err := strconv.Atoi(text)
	require.NoError(t, err)
	return number
}

// way is how rows are written when the worker is frozen.
type way struct {
	name, migrate string
	options       []string
	notes         bool
}

// ways are a transaction of several statements, transactions of single rows (sent one
// behind the other on PostgreSQL), and one statement for a stretch (there alone).
func ways() []way {
	const set = "UPDATE things SET v = upper(name), n = n + 1 WHERE id IN (:ids) AND v IS NULL"
	return []way{
		{"two statements", "\n  - " + set + "\n  - INSERT INTO notes SELECT id FROM things WHERE id IN (:ids)", []string{"customer-migrator/transaction-size=20"}, true},
		{"single rows", " " + strings.Replace(set, "IN (:ids)", "= :id", 1), []string{"customer-migrator/transaction-size=1"}, false},
		{"stretches", " " + set, []string{"customer-migrator/transaction-size=20"}, false},
	}
}

// fencing is a table of things on a server, with a migration that can be undone.
type fencing struct {
	*server
	way way
}

func (v *server) fencing(chosen way) *fencing {
	v.Helper()
	v.writeMigration("fenced", "name: fenced\nversion: \"1\"\ncheck: SELECT id FROM things WHERE id IN (:ids) AND v IS NULL\nmigrate:"+chosen.migrate+
		"\nundo: UPDATE things SET v = NULL WHERE id IN (:ids)\n")
	for _, table := range []string{"things", "notes", "db_migrate_books", "db_migrate_runs", "db_migrate_state", "db_migrate_owner", "db_migrate_failures",
		"db_migrate_ledger_things_fenced", "db_migrate_ledger_things_fenced_undo"} {
		v.exec("DROP TABLE IF EXISTS " + table)
	}
	v.exec("CREATE TABLE things (id bigint PRIMARY KEY, name varchar(40) NOT NULL, v varchar(40), n integer NOT NULL)")
	v.exec("CREATE TABLE notes (id bigint)")
	v.exec(fmt.Sprintf("INSERT INTO things WITH RECURSIVE x(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM x WHERE id < 1000) "+
		"SELECT x.id + 1000 * y.id, 'a thing', NULL, 0 FROM x, (SELECT id - 1 AS id FROM x LIMIT %d) y", things/1000))
	require.EqualValues(v, things, v.count("SELECT COUNT(*) FROM things"))
	return &fencing{v, chosen}
}

func (f *fencing) options(migration string, more ...string) []string {
	list := append([]string{"--config", f.folder(), "connection/table=things", "customer-migrator/migration=" + migration}, f.way.options...)
	return append(f.server.options(list...), more...)
}

func (f *fencing) folder() string { return f.stack.folder }

func (f *fencing) startWorker(migration string, more ...string) *process {
	f.Helper()
	return f.stack.startWorker(f.options(migration, more...)...)
}

// run migrates everything with a worker of its own. A frozen worker may still be handed
// the question that comes first: then nothing was started, and it is asked again.
func (f *fencing) run(migration string, flags ...string) summary {
	f.Helper()
	worker := f.startWorker(migration)
	var starter *process
	f.until("the run's end", func() bool {
		starter = f.startStarter(f.options(migration, flags...)...)
		code := starter.wait(f)
		require.True(f, code == 0 || !strings.Contains(starter.text(), "workflow_id"), starter.text())
		return code == 0
	})
	worker.signal(syscall.SIGTERM)
	worker.wait(f)
	return f.summary(starter)
}

// freeze stops the worker, inside of a transaction if it can be; on SQLite between two
// of them: it would hold the only write lock.
func (f *fencing) freeze(worker *process) {
	f.Helper()
	tries := 0
	f.until("the worker to be frozen", func() bool {
		worker.signal(syscall.SIGSTOP)
		if tries++; f.driver == "sqlite" && f.free() || f.driver != "sqlite" && (f.held() > 0 || tries > 20) {
			return true
		}
		worker.signal(syscall.SIGCONT)
		return false
	})
}

// free reports whether the write lock of a SQLite file is free.
func (f *fencing) free() bool {
	opened := f.open()
	defer opened.Close()
	opened.SetMaxOpenConns(1)
	if _, err := opened.Exec("PRAGMA busy_timeout=50"); err != nil {
		return false
	}
	_, err := opened.Exec("UPDATE things SET n = n WHERE id = -1")
	return err == nil
}

// held is how many transactions of a worker's are open, and have written.
func (f *fencing) held() int64 {
	switch f.driver {
	case "postgres":
		return f.count(`SELECT COUNT(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE a.application_name = 'db-migrate' AND l.relation = 'things'::regclass AND l.mode = 'RowExclusiveLock'`)
	case "mysql":
		return f.count(`SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
			WHERE p.db = database() AND t.trx_rows_modified > 0`)
	}
	return 0
}

// rows are all rows of the table, of both ledgers and of the notes, as texts.
func (f *fencing) rows() []string {
	f.Helper()
	var found []string
	opened := f.open()
	defer opened.Close()
	for _, query := range []string{"SELECT id, v, n FROM things ORDER BY id", "SELECT id, 'note', COUNT(*) FROM notes GROUP BY id ORDER BY id",
		"SELECT * FROM db_migrate_ledger_things_fenced ORDER BY id", "SELECT * FROM db_migrate_ledger_things_fenced_undo ORDER BY id",
		"SELECT number, outcome, run_id FROM db_migrate_runs ORDER BY number", "SELECT book, position, sequence FROM db_migrate_state ORDER BY book"} {
		found = append(found, rowsOf(f, opened, query)...)
	}
	return found
}

func rowsOf(t testing.TB, opened *sql.DB, query string) []string {
	t.Helper()
	rows, err := opened.Query(query)
	require.NoError(t, err, query)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var found []string
	for rows.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		found = append(found, fmt.Sprint(values))
	}
	require.NoError(t, rows.Err())
	return found
}

// TestAFrozenWorkerFindsItsRunOver: its run is ended without it, undone, and begun
// anew. When it goes on, it changes nothing any more.
func TestAFrozenWorkerFindsItsRunOver(t *testing.T) {
	t.Parallel()
	for _, p := range everywhere() {
		if p.driver == "cassandra" {
			continue // there is no undo
		}
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			v := newStack(t).share(p)
			inside := 0
			for round := range frozenRounds(t) {
				if v.fencing(ways()[round%len(ways())]).freezeAndThaw(round) {
					inside++
				}
			}
			t.Logf("%s: %d rounds, frozen inside of a transaction %d times: nothing was written afterwards", p.driver, frozenRounds(t), inside)
		})
	}
}

// slow makes the run last. On SQLite each update does, so that the worker has a batch in
// hand whenever it is frozen.
func (f *fencing) slow() []string {
	if f.driver != "sqlite" {
		return []string{"customer-migration/rate=1000"}
	}
	f.exec(`CREATE TRIGGER slow AFTER UPDATE OF n ON things BEGIN
		SELECT count(*) FROM (WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 2000) SELECT i FROM x); END`)
	return nil
}

// freezeAndThaw is one round; it reports whether the worker was frozen inside of a
// transaction.
func (f *fencing) freezeAndThaw(round int) bool {
	f.Helper()
	slow := f.slow()
	frozen := f.startWorker("fenced", slow...)
	first := f.startStarter(f.options("fenced", slow...)...)
	enough := 500 + rand.Int64N(3000)
	f.until("some progress", func() bool {
		return f.count("SELECT COUNT(*) FROM things WHERE v IS NOT NULL") > enough || ended(first)
	})
	f.freeze(frozen)
	held := f.held()
	if f.driver == "sqlite" {
		f.exec("DROP TRIGGER slow")
	}
	require.Contains(f, f.tell(0, append([]string{"cancel"}, f.options("fenced")...)...), "cancel: the run was ended in Temporal, since no worker answers")
	require.Equal(f, 1, first.wait(f), first.text())
	undone := f.run("fenced-undo", "--take-over") // nobody has noted the end of the run before
	require.Zero(f, f.count("SELECT COUNT(*) FROM things WHERE v IS NOT NULL"))
	anew := f.run("fenced")
	require.EqualValues(f, things, anew.Migrated)
	before := f.rows()
	frozen.signal(syscall.SIGCONT)
	if held > 0 || f.driver == "sqlite" { // else it may have nothing in hand, and nothing to say
		f.awaitTold(frozen)
	}
	frozen.signal(syscall.SIGTERM)
	frozen.wait(f)
	require.Equal(f, before, f.rows(), "the worker has written for a run that is over")
	f.requireTotals(undone.Migrated)
	f.Logf("%s, round %d (%s): frozen with %d open transactions; %d rows undone", f.driver, round+1, f.way.name, held, undone.Migrated)
	return held > 0
}

// awaitTold waits for the worker to say that its run is over. Where Temporal has called its
// batches back before they came to write, it has nothing to say: the rows are what counts.
func (f *fencing) awaitTold(frozen *process) {
	f.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if strings.Contains(frozen.text(), "is over, or unknown to this database") {
			return
		}
	}
	f.Log("the worker has not said that its run is over")
}

// requireTotals: each row was changed once, and those that were undone once more.
func (f *fencing) requireTotals(undone int64) {
	f.Helper()
	require.EqualValues(f, things, f.count("SELECT COUNT(*) FROM things WHERE v = 'A THING'"))
	require.EqualValues(f, things, f.count("SELECT COUNT(*) FROM db_migrate_ledger_things_fenced WHERE outcome = 1"))
	require.EqualValues(f, things+undone, f.count("SELECT SUM(n) FROM things"))
	require.EqualValues(f, undone, f.count("SELECT COUNT(*) FROM things WHERE n = 2"))
	if f.way.notes {
		require.EqualValues(f, things+undone, f.count("SELECT COUNT(*) FROM notes"))
	}
}
