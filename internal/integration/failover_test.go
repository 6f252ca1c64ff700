package integration_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// slowly is options for a run that lasts until it is released.
func (p product) slowly() (customers int, options []string) {
	if p.driver == "cassandra" {
		return 3_000, []string{"customer-migration/rate=150", "customer-migration/batch-time=1s"}
	}
	return 9_000, []string{"customer-migration/rate=400", "customer-migration/batch-time=1s"}
}

// TestServersThatGoAndComeBack: a server is stopped, as for an upgrade, and started
// again, and PostgreSQL and MariaDB become read-only for a while, as after a
// failover. The run says what is wrong, waits, and goes on; nothing is lost.
func TestServersThatGoAndComeBack(t *testing.T) {
	t.Parallel()
	for _, p := range products() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.startServer(p)
			v.administer(failovers[p.driver].before)
			customers, limits := p.slowly()
			v.fill(customers)
			options := v.options(limits...)
			s.startWorker(options...)
			starter := s.startStarter(options...)
			v.untilMigrated(starter, customers/8)
			v.run("stop")
			down := v.untilTold("cannot be reached", "connect", "shut", "closed", "no connections", "bad connection", "EOF", "no hosts")
			v.run("start")
			v.untilMigrated(starter, customers/3)
			t.Logf("%s: stopped and started again; it said: %s", p.driver, down)
			if change, ok := failovers[p.driver]; ok {
				v.becomeReadOnly(change, starter, customers)
			}
			s.release(options...)
			require.Zero(t, starter.wait(t), starter.text())
			v.requireUndisturbed(s.summary(starter), customers)
		})
	}
}

// untilMigrated waits until so many customers are accounted for.
func (v *server) untilMigrated(starter *process, customers int) {
	v.Helper()
	connected := v.client()
	v.until(strconv.Itoa(customers)+" customers", func() bool {
		now, ok := status(connected)
		require.False(v, ended(starter), "the run has ended too early: %s", starter.text())
		return ok && now.Totals.Migrated+now.Totals.Skipped >= int64(customers)
	})
}

// untilTold waits until a pending activity has failed for one of these reasons.
func (v *server) untilTold(reasons ...string) string {
	v.Helper()
	connected, told := v.client(), ""
	v.until("the reason to be told", func() bool {
		said := v.lastFailures(connected, workflow)
		for line := range strings.SplitSeq(said, "\n") {
			for _, reason := range reasons {
				if line != "" && strings.Contains(line, reason) {
					told = line
				}
			}
		}
		return told != ""
	})
	return told
}

// failover is how a server becomes read-only for those who do not administer it, and
// writable again, and what a run says then.
type failover struct {
	before, readOnly, writable []string
	told                       string
}

var failovers = map[string]failover{
	// All new sessions are read-only; the old ones are ended.
	"postgres": {
		readOnly: []string{"ALTER DATABASE migrate SET default_transaction_read_only = on",
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'db-migrate'"},
		writable: []string{"ALTER DATABASE migrate RESET default_transaction_read_only"},
		told:     "read-only transaction",
	},
	"mysql": {
		before:   []string{"REVOKE READ ONLY ADMIN ON *.* FROM migrate@'127.0.0.1'"}, // which the tests' user has by ALL
		readOnly: []string{"SET GLOBAL read_only = ON"},
		writable: []string{"SET GLOBAL read_only = OFF"},
		told:     "--read-only option",
	},
}

// becomeReadOnly makes the server read-only until the run has told so.
func (v *server) becomeReadOnly(change failover, starter *process, customers int) {
	v.Helper()
	v.administer(change.readOnly)
	v.Logf("%s: read-only; it said: %s", v.driver, v.untilTold(change.told))
	before := v.ledgerRows()
	time.Sleep(2 * time.Second)
	require.Equal(v, before, v.ledgerRows())
	// Not ended again: the worker must leave its read-only sessions by itself.
	v.administer(change.writable)
	v.untilMigrated(starter, customers/2)
}

// administer runs statements as who may do anything, and may write anywhere.
func (v *server) administer(statements []string) {
	v.Helper()
	if len(statements) == 0 {
		return
	}
	boss := v.superuser()
	for _, statement := range statements {
		_, err := boss.ExecContext(v.Context(), statement)
		require.NoError(v, err, statement)
	}
}
