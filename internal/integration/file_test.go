package integration_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// writeIDs writes every third customer's id into a file of a folder, in Windows'
// manner, with blank lines, a repeated and an unknown id.
func (s *stack) writeIDs(folder string, customers int, last string) int {
	s.Helper()
	found := s.ids(fmt.Sprintf("SELECT id FROM customers WHERE id %% 3 = 0 ORDER BY id DESC LIMIT %d", customers))
	lines := slices.Concat([]string{"", "\t"}, found, []string{" ", found[0], last})
	require.NoError(s, os.MkdirAll(s.path(folder), 0o755))
	require.NoError(s, os.WriteFile(filepath.Join(s.path(folder), "ids.txt"), []byte(strings.Join(lines, "\r\n")), 0o644))
	return len(found)
}

// TestAFileOfCustomers kills the worker in the middle of a file; a worker that
// sees another file does nothing and says so, and the next one finishes.
func TestAFileOfCustomers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(30_000)
	s.execute("UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL", "DELETE FROM audit")
	ids := s.writeIDs("lists", 6000, "999999999")
	s.writeIDs("others", 6000, "999999998")
	worker := s.startWorker("customer-scanner/source-dir=lists", "customer-migration/rate=50")
	starter := s.startStarter("--file", "ids.txt", "customer-migration/rate=50")
	s.until("some progress", func() bool { return s.progress() > 50 })
	worker.kill()
	wrong := s.startWorkerAs("worker", nil, "customer-scanner/source-dir=others", "customer-migration/rate=50")
	s.until("the wrong worker's word", func() bool {
		return strings.Contains(starter.text(), "this is not the file ids.txt") && strings.Contains(starter.text(), s.path("others"))
	})
	wrong.kill()
	s.startWorker("customer-scanner/source-dir=lists", "customer-migration/rate=50")
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.Equal(t, workflows.PhaseCompleted, end.Phase)
	require.EqualValues(t, ids+2, end.Scanned)
	require.EqualValues(t, ids, end.Migrated)
	require.EqualValues(t, 1, end.Skipped)
	require.EqualValues(t, 1, end.Vanished)
	require.EqualValues(t, ids, s.ledgered())
	require.EqualValues(t, ids, s.number("SELECT COUNT(*) FROM audit"))
	require.EqualValues(t, ids, s.number("SELECT COUNT(DISTINCT id) FROM audit WHERE id % 3 = 0"))
}

// ids are the ids that a query answers, as a file has them.
func (s *stack) ids(query string) (ids []string) {
	s.Helper()
	opened := s.database()
	defer opened.Close()
	rows, err := opened.Query(query)
	require.NoError(s, err)
	defer rows.Close()
	for rows.Next() {
		ids = append(ids, "")
		require.NoError(s, rows.Scan(&ids[len(ids)-1]))
	}
	require.NoError(s, rows.Err())
	return ids
}

// TestAFileThatNamesRowsManyTimes counts each of them once as migrated, wherever in the file
// it is named again, also where batches were cut short; nothing is missed at the end.
func TestAFileThatNamesRowsManyTimes(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(1000)
	s.execute("UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL", "DELETE FROM audit")
	require.NoError(t, os.MkdirAll(s.path("lists"), 0o755))
	s.writeMigration("once", "name: once\nmigrate: UPDATE customers SET first_name = concat(coalesce(first_name, ''), 'x') WHERE id IN (:ids)\n")
	for i, migration := range []string{"customer-contact", "once"} {
		rows := s.ids(fmt.Sprintf("SELECT id FROM customers WHERE id %% 2 = %d", i))
		lines := slices.Repeat(rows, 6)
		rand.New(rand.NewPCG(1, uint64(i))).Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
		require.NoError(t, os.WriteFile(s.path("lists/ids.txt"), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
		options := []string{"--config", s.folder, "customer-migrator/migration=" + migration, "customer-scanner/source-dir=lists", "customer-migrator/transaction-size=20"}
		worker := s.startWorker(options...)
		starter := s.startStarter(append(options, "--file", "ids.txt", "customer-migration/batch-size=500")...)
		require.Zero(t, starter.wait(t), starter.text())
		end := s.summary(starter)
		require.EqualValues(t, len(lines), end.Scanned, migration)
		require.EqualValues(t, len(rows), end.Migrated, migration)
		require.EqualValues(t, len(lines)-len(rows), end.Skipped, migration)
		worker.kill()
	}
	require.Zero(t, s.number("SELECT COUNT(*) FROM customers WHERE id % 2 = 1 AND first_name <> 'x'"))
}

// TestAFileOnTheBoard shows no scanner, since nothing is scanned.
func TestAFileOnTheBoard(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(500)
	s.writeIDs("lists", 100, "999999999")
	s.startWorker("customer-scanner/source-dir=lists")
	text := s.tell(0, "--file", "ids.txt", "--output", "minimal")
	require.NotContains(t, text, "customer scan")
	require.NotContains(t, text, "Scanned")
	require.Contains(t, text, "No customer was found for 1 id of the file.")
	require.Contains(t, s.tell(0, "--file", s.path("lists/ids.txt"), "--output", "minimal"), "No customer was found for 1 id of the file.")
	require.Contains(t, s.tell(2, "--file", "none.txt"), "there is no file none.txt in the worker's folder")
	require.Contains(t, s.tell(2, "--file", "../customers.db"), "is not inside of the worker's folder")
	require.Contains(t, s.tell(2, "--file", s.path("customers.db")), "is not inside of the worker's folder "+s.path("lists"))
	require.NoError(t, syscall.Mkfifo(s.path("lists/pipe"), 0o600))
	require.Contains(t, s.tell(2, "--file", "pipe"), "is no plain file, but a pipe")
}

// TestLinesThatAreNoIDs are told before anything starts, ten of them.
func TestLinesThatAreNoIDs(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(500)
	lines := append([]string{"id", `"1"`, "1e4", "1,000", " 1", "2"}, slices.Repeat([]string{"x"}, 8)...)
	require.NoError(t, os.WriteFile(s.path("ids.txt"), []byte(strings.Join(lines, "\n")), 0o644))
	s.startWorker()
	text := s.tell(2, "--file", "ids.txt")
	for _, says := range []string{`file ids.txt, line 1 is "id", which seems to be a header`, `file ids.txt, line 2 has its number in quotes, "1"; write 1`,
		`file ids.txt, line 3 has "1e4", which is no whole number`, `line 4 has "1,000"`, `line 5 has blanks beside its number, " 1"; write 1`, "file ids.txt: 3 more lines are wrong, of 14 ids in all"} {
		require.Contains(t, text, says)
	}
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
}

// TestLinesThatAreNoIDsOnEveryDatabase: which keys are whole numbers is found out
// the same way on all of them, and a key of texts takes every line.
func TestLinesThatAreNoIDsOnEveryDatabase(t *testing.T) {
	t.Parallel()
	kinds := []keyKind{
		{"integers", map[string]string{"sqlite": "id integer NOT NULL", "postgres": "id integer", "mysql": "id int unsigned", "cassandra": "id int"}, "id",
			func(number int) []any { return []any{number} }},
		{"texts", map[string]string{"sqlite": "id text NOT NULL", "postgres": "id text", "mysql": "id varchar(768)", "cassandra": "id text"}, "id",
			func(number int) []any { return []any{fmt.Sprintf("n%d", number)} }},
	}
	for _, driver := range []string{"sqlite", "postgres", "mysql", "cassandra"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			if installed := "TEST_" + strings.ToUpper(driver) + "_URL"; driver != "sqlite" && os.Getenv(installed) == "" {
				t.Skipf("%s is not set: make services", installed)
			}
			s := newStack(t)
			require.NoError(t, os.WriteFile(s.path("ids.txt"), []byte("3\n1e4\n 4\n1,000\n"), 0o644))
			for _, kind := range kinds {
				v := s.place(driver, kind)
				v.createCustomers(kind)
				options := v.options("connection/table=customers")
				worker := v.startWorker(options...)
				if kind.name == "texts" {
					require.Contains(t, v.tell(0, append(options, "--file", "ids.txt", "--output", "minimal")...), "No customer was found for 4 ids")
				} else {
					text := v.tell(2, append(options, "--file", "ids.txt")...)
					require.Contains(t, text, `file ids.txt, line 2 has "1e4", which is no whole number, as column id of the key holds them`)
					require.Contains(t, text, `line 3 has blanks beside its number, " 4"; write 4`)
					require.Contains(t, text, `line 4 has "1,000"`)
				}
				worker.kill()
			}
		})
	}
}
