package integration_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// forgetful lets a server confirm what a crash takes back.
func (p product) forgetful() string {
	return map[string]string{"postgres": "POSTGRES_OPTIONS=-c synchronous_commit=off",
		"mysql": "MARIADB_OPTIONS=--innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M", "cassandra": "CASSANDRA_DURABLE=no"}[p.driver]
}

// TestCommitsThatAServerTakesBack: a server that does not flush is killed in mid-run.
// All rows are right in the end, or the run says that they are not. PostgreSQL loses
// nothing: db-migrate's sessions ask it to flush.
func TestCommitsThatAServerTakesBack(t *testing.T) {
	t.Parallel()
	for _, p := range products() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			p.audit = nil
			c := &closingTrial{server: s.startServer(p, p.forgetful()), form: closingForm{name: "go"}, rows: 9000}
			c.fill(c.rows)
			if p.driver == "cassandra" {
				time.Sleep(11 * time.Second) // its log is synced every ten seconds
			}
			c.options = c.server.options("connection/table=customers", "customer-migration/processes=4", "customer-migration/rate=2000", "customer-migration/batch-time=1s")
			c.startWorker(c.options...)
			starter := c.startStarter(c.options...)
			c.untilMigrated(5000)
			c.killAndRestart()
			code := starter.wait(t)
			t.Logf("%s: %s", p.driver, tailOf(starter.text()))
			if code == 0 {
				require.EqualValues(t, c.rows, s.summary(starter).Scanned)
			} else {
				c.requireTold(starter, code)
				starter = c.startStarter(c.options...)
			}
			end := c.end(starter, 0)
			require.Equal(t, end.Scanned, end.Migrated+end.Skipped, "%+v", end)
			require.Zero(t, c.unfilled())
			if p.driver == "postgres" {
				require.Zero(t, end.Lost)
			}
		})
	}
}

// requireTold: a run with rows left says so, and one whose books are lost has failed.
func (c *closingTrial) requireTold(starter *process, code int) {
	c.Helper()
	require.Equal(c, 1, code, starter.text())
	end := c.summary(starter)
	if end.Phase == workflows.PhaseCompleted {
		require.Regexp(c, `"left":[1-9]`, starter.text())
		return
	}
	require.Equal(c, workflows.PhaseFailed, end.Phase, starter.text())
}

// TestACheckThatMigrateDoesNotAnswer asks for something else than what migrate does:
// the rows are migrated, once, and the words say what to write.
func TestACheckThatMigrateDoesNotAnswer(t *testing.T) {
	t.Parallel()
	form := closingForm{name: "raise", check: "SELECT id FROM customers WHERE id IN (:ids) AND id > 0", migrate: "UPDATE customers SET first_name = 'Ada' WHERE id IN (:ids) AND id > 0"}
	for _, p := range everywhere() {
		if p.driver == "cassandra" {
			continue
		}
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			c := newStack(t).closingTrial(p, form, 500)
			end := c.end(c.startStarter(c.options...), 1)
			require.Equal(t, []int64{500, 500}, []int64{end.Migrated, end.Left})
			require.Equal(t, workflows.LeftUnmet, end.LeftKind)
			require.Zero(t, c.unfilled())
			c.do("DELETE FROM " + c.ledger())
			text := c.control(1, "--output", "minimal")
			for _, says := range []string{"500 customers left: all 500 rows that this run has migrated still satisfy the check", "  customer 1\n", "  and 490 more\n",
				"Do not use --again: it would migrate them a second time.", "AND new_column IS NULL", "customer-scanner/where"} {
				require.Contains(t, text, says)
			}
		})
	}
}
