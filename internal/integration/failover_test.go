package integration_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// slowly is options for a run of some seconds.
func (p product) slowly() (customers int, options []string) {
	if p.driver == "cassandra" {
		return 6_000, []string{"customer-migration/rate=1000", "customer-migration/batch-time=1s"}
	}
	return 18_000, []string{"customer-migration/rate=2000", "customer-migration/batch-time=1s"}
}

// TestServersThatGoAndComeBack: a server is stopped, as for an upgrade, and started
// again, and PostgreSQL becomes read-only for a while, as after a failover. The run
// says what is wrong, waits, and goes on; nothing is lost.
func TestServersThatGoAndComeBack(t *testing.T) {
	for _, p := range products() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.startServer(p)
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
			if p.driver == "postgres" {
				v.becomeReadOnly(starter, customers)
			}
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

// becomeReadOnly makes all new sessions read-only and ends the old ones, until the
// run has told so.
func (v *server) becomeReadOnly(starter *process, customers int) {
	v.Helper()
	boss, err := v.superuser().Conn(v.Context()) // of before: it may go on writing
	require.NoError(v, err)
	defer boss.Close()
	do := func(statement string) {
		_, err := boss.ExecContext(v.Context(), statement)
		require.NoError(v, err, statement)
	}
	do("ALTER DATABASE migrate SET default_transaction_read_only = on")
	do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'db-migrate'")
	v.Logf("read-only; it said: %s", v.untilTold("read-only transaction"))
	before := v.ledgerRows()
	time.Sleep(2 * time.Second)
	require.Equal(v, before, v.ledgerRows())
	// Not ended again: the worker must leave its read-only sessions by itself.
	do("ALTER DATABASE migrate RESET default_transaction_read_only")
	v.untilMigrated(starter, customers/2)
}
