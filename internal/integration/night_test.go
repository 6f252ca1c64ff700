package integration_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// nightBad is how many rows refuse the first migration, and half of them are mended.
const nightBad = 50

// night is an operator's: two tables of one database, and the terminal knows nothing but
// the migrations' names.
type night struct {
	*server
	rows   int64
	worker *process
}

// TestAnOperatorsNight is all that may happen in one: two migrations side by side, one is
// slowed and one is paused, the worker is killed, bad rows are met, half of them are
// mended and tried again, a broken definition is cancelled and started mended, and a part
// of it is undone. After each step the table is counted. NIGHT_ROWS is each table's size.
func TestAnOperatorsNight(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_POSTGRES_URL") == "" {
		t.Skip("TEST_POSTGRES_URL is not set: make services")
	}
	rows, err := strconv.ParseInt(os.Getenv("NIGHT_ROWS"), 10, 64)
	if err != nil {
		rows = 20_000
	}
	n := &night{server: newStack(t).place("postgres", keyKind{name: "night"}), rows: rows}
	n.prepare()
	first, second := n.bothBegin()
	n.slowedPausedAndKilled()
	n.bothEnd(first, second)
	n.halfIsMended()
	n.brokenIsCancelled()
	n.mendedIsStarted()
	n.partIsUndone()
}

var pausedInList = regexp.MustCompile(`(?m)^shout-orders@orders +paused`)

func (n *night) prepare() {
	n.Helper()
	for _, table := range []string{"customers", "orders"} {
		n.do("CREATE TABLE " + table + " (id bigint PRIMARY KEY, name text, shouted text, code text, tag text, " +
			"CONSTRAINT not_these CHECK (code IS NULL OR shouted IS NULL))")
		n.do(fmt.Sprintf("INSERT INTO %s (id, name) SELECT g, 'name ' || g FROM generate_series(1, %d) AS g", table, n.rows))
	}
	n.do(fmt.Sprintf("UPDATE customers SET code = 'bad' WHERE id %% (%d / %d) = 7", n.rows, nightBad))
	require.EqualValues(n, nightBad, n.keyCount("SELECT count(*) FROM customers WHERE code = 'bad'"))
	for name, table := range map[string]string{"shout": "customers", "shout-orders": "orders"} {
		n.writeMigration(name, "name: "+name+"\nversion: \"1\"\ncheck: SELECT id FROM "+table+" WHERE id IN (:ids) AND shouted IS NULL\n"+
			"migrate: UPDATE "+table+" SET shouted = upper(name) WHERE id IN (:ids) AND shouted IS NULL\n")
	}
}

// serve starts a worker of the night in the place of the one before.
func (n *night) serve(migrations string) {
	n.Helper()
	n.worker = n.startWorker(n.options("--config", n.stack.folder, "customer-migrator/retry-interval=100ms", "--serve", migrations)...)
}

// start starts one of the migrations.
func (n *night) start(migration, table string, more ...string) *process {
	n.Helper()
	return n.startStarter(n.options(append([]string{"--config", n.stack.folder, "customer-migrator/migration=" + migration,
		"connection/table=" + table, "customer-migration/processes=4"}, more...)...)...)
}

// ends is what a run has come to that ends with a code.
func (n *night) ends(code int, starter *process) summary {
	n.Helper()
	require.Equal(n, code, starter.wait(n), starter.text())
	return n.summary(starter)
}

func (n *night) loud(table string) int64 {
	n.Helper()
	return n.keyCount("SELECT count(*) FROM " + table + " WHERE shouted = upper(name)")
}

func (n *night) bothBegin() (first, second *process) {
	n.Helper()
	n.serve("shout,shout-orders@orders")
	first, second = n.start("shout", "customers", "customer-migration/rate=1000"), n.start("shout-orders", "orders", "customer-migration/rate=1000")
	n.until("both to have begun", func() bool { return n.loud("customers") > 100 && n.loud("orders") > 100 })
	listed := n.said("list")
	require.Regexp(n, `(?m)^shout +running`, listed)
	require.Regexp(n, `(?m)^shout-orders@orders +running`, listed)
	return first, second
}

// slowedPausedAndKilled: what was said holds over the worker's death.
func (n *night) slowedPausedAndKilled() {
	n.Helper()
	require.Contains(n, n.tell(0, "rate", "200", "shout"), "at 200 customers a second")
	require.Contains(n, n.tell(0, "pause", "shout-orders", "--reason", "backup"), "the migration is paused")
	n.until("the running batches' end", func() bool {
		return !strings.Contains(n.said("status", "shout-orders", "--output", "json"), `"busy":true`)
	})
	paused, before := n.loud("orders"), n.loud("customers")
	n.worker.kill()
	n.serve("shout,shout-orders@orders")
	n.until("progress with another worker", func() bool { return n.loud("customers") > before+200 })
	require.Equal(n, paused, n.loud("orders"), "nothing is migrated while paused")
	require.Contains(n, n.said("status", "shout-orders"), "PAUSED: backup")
	n.until("the list to say so", func() bool { return pausedInList.MatchString(n.said("list")) })
	require.Less(n, n.loud("customers"), n.rows, "it is slowed")
}

func (n *night) bothEnd(first, second *process) {
	n.Helper()
	watching := n.server.start("starter", nil, "watch", "shout-orders", "--output", "minimal")
	n.tell(0, "resume", "shout-orders")
	n.tell(0, "rate", "0", "shout-orders")
	end := n.ends(0, second)
	require.Equal(n, []int64{n.rows, n.rows, 0}, []int64{end.Scanned, end.Migrated, end.Failed})
	require.Equal(n, n.rows, n.loud("orders"))
	require.Zero(n, watching.wait(n), watching.text())

	n.tell(0, "rate", "0", "shout")
	end = n.ends(1, first)
	require.Equal(n, []int64{n.rows, n.rows - nightBad, nightBad}, []int64{end.Scanned, end.Migrated, end.Failed})
	require.Equal(n, n.rows-nightBad, n.loud("customers"))
}

// halfIsMended: «retry» migrates those rows that were mended, and no others.
func (n *night) halfIsMended() {
	n.Helper()
	n.do("UPDATE customers SET code = NULL WHERE code = 'bad' AND id IN (SELECT id FROM customers WHERE code = 'bad' ORDER BY id LIMIT " + fmt.Sprint(nightBad/2) + ")")
	retried := n.server.start("starter", nil, append([]string{"retry", "shout"}, n.options("--config", n.stack.folder, "customer-migrator/retry-interval=100ms", "--output", "json")...)...)
	end := n.ends(1, retried)
	require.Equal(n, []int64{nightBad, nightBad / 2, nightBad / 2}, []int64{end.Scanned, end.Migrated, end.Failed})
	require.Equal(n, n.rows-nightBad/2, n.loud("customers"))
	require.Len(n, strings.Fields(n.only(0, "failures", "shout", "--output", "ids")), nightBad/2)
	require.Contains(n, n.said("row", "7", "shout"), "Migrated by run ")
}

func (n *night) writeTag(version, value string) {
	n.Helper()
	n.writeMigration("tag", "name: tag\nversion: \""+version+"\"\ncheck: SELECT id FROM customers WHERE id IN (:ids) AND tag IS NULL\n"+
		"migrate: UPDATE customers SET tag = "+value+" WHERE id IN (:ids) AND tag IS NULL\nundo: UPDATE customers SET tag = NULL WHERE id IN (:ids)\n")
}

func (n *night) tagged() int64 {
	n.Helper()
	return n.keyCount("SELECT count(*) FROM customers WHERE tag IS NOT NULL")
}

// brokenIsCancelled: the database refuses every row, so the run pauses, and is ended.
func (n *night) brokenIsCancelled() {
	n.Helper()
	n.worker.kill()
	n.writeTag("1", "('T' || (1 / (id - id)))")
	n.serve("tag")
	starter := n.start("tag", "customers")
	n.until("the pause", func() bool { return strings.Contains(n.said("status", "tag"), "PAUSED: ") })
	require.Contains(n, n.said("status", "tag"), "division by zero")
	n.tell(0, "cancel", "--now", "tag")
	require.Zero(n, n.ends(1, starter).Migrated)
	require.Zero(n, n.tagged())
}

func (n *night) mendedIsStarted() {
	n.Helper()
	n.worker.kill()
	n.writeTag("2", "('T' || id)")
	n.serve("tag")
	end := n.ends(0, n.start("tag", "customers"))
	require.Equal(n, []int64{n.rows, 0}, []int64{end.Migrated, end.Failed})
	require.Equal(n, n.rows, n.tagged())
}

func (n *night) partIsUndone() {
	n.Helper()
	n.worker.kill()
	n.serve("tag-undo")
	third := n.rows / 3
	end := n.ends(0, n.start("tag-undo", "customers", "--to", fmt.Sprint(third)))
	require.Equal(n, []int64{third, third, 0}, []int64{end.Scanned, end.Migrated, end.Failed})
	require.Equal(n, n.rows-third, n.tagged())
	require.Zero(n, n.keyCount(fmt.Sprintf("SELECT count(*) FROM customers WHERE tag IS NOT NULL AND id <= %d", third)))
	for _, line := range []string{"shout", "shout-orders@orders", "tag", "tag-undo"} {
		require.Regexp(n, `(?m)^`+line+` +(completed|failed)`, n.said("list"))
	}
}
