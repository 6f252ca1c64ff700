package integration_test

import (
	"encoding/json"
	"fmt"
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
	if h.driver == "cassandra" {
		text = "text"
	}
	h.do("CREATE TABLE " + table + " (id bigint PRIMARY KEY, name " + text + ", shouted " + text + ", code " + text + ")")
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
	text := "name: shout\nversion: \"1\"\n"
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
	h.writeMigration("shout", text)
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
