package integration_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// account is what the books tests compare of a summary.
type account struct {
	Scanned, Migrated, Skipped, Failed int64
	Again                              int64 `json:"needed_again"`
	Left                               int64
}

// shelf is a place on a server with tables of the test's own, and one migration: shout.
type shelf struct {
	*server
	worker *process
	// told are the options of both, beside the place.
	told []string
}

// rows of each table.
const shelfRows = 300

// newShelf has the tables of these names, each with rows that all need the migration.
func newShelf(s *stack, p product, tables ...string) *shelf {
	s.Helper()
	if p.installed != "" && os.Getenv(p.installed) == "" {
		s.Skipf("%s is not set: make services", p.installed)
	}
	h := &shelf{server: s.place(p.driver, keyKind{name: "books"})}
	for _, table := range tables {
		h.make(table)
	}
	return h
}

func (h *shelf) make(table string) {
	h.Helper()
	text := "varchar(40)"
	constraint := ", CONSTRAINT not_these CHECK (code IS NULL OR code NOT LIKE 'bad%' OR shouted IS NULL)"
	if h.driver == "cassandra" {
		text, constraint = "text", ""
	}
	h.do("CREATE TABLE " + table + " (id bigint PRIMARY KEY, name " + text + ", shouted " + text + ", code " + text + constraint + ")")
	h.load(table, 1, shelfRows)
}

// load inserts rows that need the migration.
func (h *shelf) load(table string, from, to int) {
	h.Helper()
	if h.driver == "cassandra" {
		run := h.inserter("INSERT INTO " + table + " (id, name, shouted) VALUES (?, ?, 'quiet')")
		for id := from; id <= to; id++ {
			require.NoError(h, run(int64(id), fmt.Sprint("name ", id)))
		}
		return
	}
	values := make([]string, 0, to)
	for id := from; id <= to; id++ {
		values = append(values, fmt.Sprintf("(%d, 'name %d')", id, id))
	}
	h.do("INSERT INTO " + table + " (id, name) VALUES " + strings.Join(values, ", "))
}

// write writes the migration of a table, with a check or without.
func (h *shelf) write(table string, checked bool) {
	h.Helper()
	h.writeAs("shout", table, checked)
}

func (h *shelf) writeAs(name, table string, checked bool) {
	h.Helper()
	text := "name: " + name + "\nversion: \"1\"\n"
	switch {
	case h.driver == "cassandra" && checked:
		text += "check: SELECT id FROM " + table + " WHERE id = :id AND shouted = 'quiet' ALLOW FILTERING\nmigrate: UPDATE " + table + " SET shouted = 'LOUD' WHERE id = :id\n"
	case h.driver == "cassandra":
		text += "migrate: UPDATE " + table + " SET shouted = 'LOUD' WHERE id = :id\n"
	case checked:
		text += "check: SELECT id FROM " + table + " WHERE id IN (:ids) AND shouted IS NULL\nmigrate: UPDATE " + table + " SET shouted = upper(name) WHERE id IN (:ids) AND shouted IS NULL\n"
	default:
		text += "migrate: UPDATE " + table + " SET shouted = upper(name), code = concat(coalesce(code, ''), 'x') WHERE id IN (:ids)\n"
	}
	h.writeMigration(name, text)
}

// serve restarts the worker with further options.
func (h *shelf) serve(options ...string) {
	h.Helper()
	h.rest()
	h.told = h.options(append([]string{"--config", h.stack.folder, "customer-migrator/migration=shout"}, options...)...)
	h.worker = h.startWorker(h.told...)
}

func (h *shelf) rest() {
	if h.worker != nil {
		h.worker.kill()
	}
}

// begin is a run that is still going on.
func (h *shelf) begin(options ...string) *process {
	h.Helper()
	return h.startStarter(append(h.told, options...)...)
}

// ends is what a run has come to that ends with a code.
func (h *shelf) ends(code int, options ...string) account {
	h.Helper()
	starter := h.begin(options...)
	require.Equal(h, code, starter.wait(h), starter.text())
	return h.accountOf(starter)
}

func (h *shelf) accountOf(starter *process) account {
	h.Helper()
	lines := strings.Split(strings.TrimSpace(starter.text()), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		var ended struct {
			account
			WorkflowID string `json:"workflow_id"`
		}
		if json.Unmarshal([]byte(lines[i]), &ended) == nil && ended.WorkflowID != "" {
			return ended.account
		}
	}
	require.FailNow(h, "no summary", starter.text())
	return account{}
}

// refuses is what the starter says of a run that is refused before its first write.
func (h *shelf) refuses(options ...string) string {
	h.Helper()
	starter := h.begin(options...)
	require.NotZero(h, starter.wait(h), starter.text())
	return starter.text()
}

// loud is how many rows of a table have the change.
func (h *shelf) loud(table string) int64 {
	h.Helper()
	query := "SELECT COUNT(*) FROM " + table + " WHERE shouted = upper(name)"
	if h.driver == "cassandra" {
		query = "SELECT COUNT(*) FROM " + table + " WHERE shouted = 'LOUD' ALLOW FILTERING"
	}
	return h.keyCount(query)
}

// listed are the rows that «starter failures» names.
func (h *shelf) listed(options ...string) []string {
	h.Helper()
	var keys []string
	text := h.tell(0, append([]string{"failures", "--output", "json", "--limit", "0"}, append(h.told, options...)...)...)
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var letter database.DeadLetter
		if line == "" {
			continue
		}
		require.NoError(h, json.Unmarshal([]byte(line), &letter), text)
		keys = append(keys, letter.Key.Text())
	}
	return keys
}

// everyShelf runs a case on every driver that can have it.
func everyShelf(t *testing.T, except string, run func(t *testing.T, s *stack, p product)) {
	for _, p := range everywhere() {
		if !strings.Contains(except, p.driver) {
			t.Run(p.driver, func(t *testing.T) {
				t.Parallel()
				run(t, newStack(t), p)
			})
		}
	}
}

// TestTablesBesideEachOther have books of their own, of one migration: what one of them
// has come to says nothing of the other. A migration that names another table than the
// one that is configured is refused.
func TestTablesBesideEachOther(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers", "customers_b")
		h.write("customers", true)
		h.serve()
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
		h.rest()
		wrong := h.start("worker", nil, append(h.options("--config", h.stack.folder, "customer-migrator/migration=shout"), "connection/table=customers_b", "customer-migrator/log-file=")...)
		require.Equal(t, 2, wrong.wait(t), wrong.text())
		require.Contains(t, wrong.text(), "customers_b")
		h.write("customers_b", true)
		h.serve("connection/table=customers_b")
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
		require.Equal(t, []int64{shelfRows, shelfRows}, []int64{h.loud("customers"), h.loud("customers_b")})
		require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0))
	})
}

// cancels begins a run that takes its time, cancels it once so many rows of the table
// have the change, and returns what it had come to.
func (h *shelf) cancels(table string, rows int64, options ...string) account {
	h.Helper()
	starter := h.begin(append(options, "customer-migration/processes=1", "customer-migration/batch-size=2")...)
	h.until("some progress", func() bool { require.False(h, ended(starter), starter.text()); return h.loud(table) >= rows })
	h.cancel()
	require.Equal(h, 1, starter.wait(h), starter.text())
	return h.accountOf(starter)
}

func (h *shelf) cancel() { h.tell(0, append([]string{"cancel"}, h.told...)...) }

// TestAnotherTableAfterACancelledRun begins at its own beginning.
func TestAnotherTableAfterACancelledRun(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers", "customers_b")
		h.write("customers", true)
		h.serve()
		first := h.cancels("customers", 20)
		require.Less(t, first.Migrated, int64(shelfRows))
		h.write("customers_b", true)
		h.serve("connection/table=customers_b")
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
		require.Equal(t, first.Migrated, h.loud("customers"))
		h.write("customers", true)
		h.serve()
		require.Equal(t, int64(shelfRows)-first.Migrated, h.ends(0).Migrated)
		require.EqualValues(t, shelfRows, h.loud("customers"))
	})
}

// TestTenantsWithOneSchemaOfBooks: two schemas with a table of the same name each, and
// one schema for the tables of our own.
func TestTenantsWithOneSchemaOfBooks(t *testing.T) {
	t.Parallel()
	everyShelf(t, "sqlite", func(t *testing.T, s *stack, p product) {
		books := newShelf(s, p)
		first, second := newShelf(s, p, "customers"), newShelf(s, p, "customers")
		first.write("customers", true)
		ours := "connection/schema=" + books.schemaName()
		for _, h := range []*shelf{first, second} {
			h.serve(ours)
			require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
			require.EqualValues(t, shelfRows, h.loud("customers"))
			h.rest()
		}
		if p.driver != "cassandra" { // an unqualified name is that of the address
			crossed := first.start("worker", nil, append(first.options("--config", first.stack.folder, "customer-migrator/migration=shout", "customer-migrator/log-file=", ours),
				"connection/table="+second.schemaName()+".customers")...)
			require.Equal(t, 2, crossed.wait(t), crossed.text())
			require.Contains(t, crossed.text(), "name the same table in both")
		}
		second.serve(ours)
		require.Contains(t, second.tell(0, append([]string{"ledger", "drop", "--yes"}, second.told...)...), "dropped")
		require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, second.ends(0), "by the check")
		second.rest()
		first.serve(ours)
		require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, first.ends(0))
	})
}

// schemaName is the schema, database or keyspace that the address names.
func (h *shelf) schemaName() string {
	parsed, err := url.Parse(h.url)
	require.NoError(h, err)
	if h.driver == "postgres" {
		return parsed.Query().Get("search_path")
	}
	return strings.Trim(parsed.Path, "/")
}

// TestFailuresAndDropAreOfOneTable: both tables have a ledger; one has rows that fail.
func TestFailuresAndDropAreOfOneTable(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers", "customers_b")
		h.do("UPDATE customers SET code = 'bad' WHERE id <= 3")
		serve := func(table string) {
			h.write(table, true)
			h.serve("connection/table="+table, "customer-migrator/retry-interval=50ms")
		}
		serve("customers")
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows - 3, Failed: 3}, h.ends(1))
		serve("customers_b")
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
		require.Empty(t, h.listed())
		h.tell(0, append([]string{"ledger", "drop", "--yes"}, h.told...)...)
		serve("customers")
		require.Len(t, h.listed(), 3)
		require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows - 3, Failed: 3}, h.ends(1))
		h.tell(0, append([]string{"ledger", "drop", "--yes"}, h.told...)...)
		require.Empty(t, h.listed())
	})
}
