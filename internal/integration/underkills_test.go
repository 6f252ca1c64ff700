package integration_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// killings is how often the worker and the database server are killed;
// KILLS=20 does so 20 times, and 10 times.
func killings(t *testing.T) (worker, server int) {
	text := os.Getenv("KILLS")
	if text == "" {
		return 2, 1
	}
	number, err := strconv.Atoi(text)
	require.NoError(t, err)
	return number, number / 2
}

// killed is how many customers are migrated while things are killed, and how many
// of them in a second.
func (p product) killed() (customers, rate int) {
	if p.driver == "cassandra" {
		return 4_000, 300
	}
	return 12_000, 800
}

// TestServersUnderKills kills the worker and the database server at random
// moments; the customers end up as in a run that nobody disturbs.
func TestServersUnderKills(t *testing.T) {
	t.Parallel()
	for _, p := range products() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.startServer(p)
			customers, rate := p.killed()
			workers, servers := killings(t)
			customers *= max(1, (workers+2*servers)/5)
			v.fill(customers)
			options := v.options("customer-migration/rate="+strconv.Itoa(rate), "customer-migration/batch-time=2s")
			worker := s.startWorker(options...)
			starter := s.startStarter(options...)
			v.killAtRandom(worker, starter, options, customers, workers, servers)
			s.release(options...)
			require.Zero(t, starter.wait(t), starter.text())
			v.requireUndisturbed(s.summary(starter), customers)
			t.Logf("%s: the worker killed %d times and the server %d times in a run of %d customers", p.driver, workers, servers, customers)
		})
	}
}

// killAtRandom spreads the killings over the run.
func (v *server) killAtRandom(worker, starter *process, options []string, customers, workers, servers int) {
	v.Helper()
	connected, thrown := v.client(), dice(v.T)
	for left := workers + servers; left > 0; left-- {
		next := int64(customers) * int64(workers+servers-left+1) / int64(workers+servers+2)
		v.untilStatus(connected, "progress", func(now workflows.Status) bool { return now.Totals.Migrated+now.Totals.Skipped > next })
		time.Sleep(time.Duration(thrown.IntN(300)) * time.Millisecond)
		require.False(v, ended(starter), "the run has ended before it was killed often enough: %s", starter.text())
		if thrown.IntN(left) < servers {
			servers--
			v.killAndRestart()
			continue
		}
		worker.kill()
		worker = v.startWorker(options...)
	}
}

// requireUndisturbed: every customer is as in a run on SQLite that nobody
// disturbs, and the counts agree with the ledger and the site's audit. Cassandra
// may count customers as skipped whose ledger row was not written any more.
func (v *server) requireUndisturbed(end summary, customers int) {
	v.Helper()
	migrated := v.undisturbed(customers)
	require.Equal(v, workflows.PhaseCompleted, end.Phase)
	require.EqualValues(v, customers, end.Scanned)
	require.EqualValues(v, customers, end.Migrated+end.Skipped)
	require.Zero(v, end.Failed+end.Appeared+end.Vanished)
	require.Equal(v, end.Migrated, v.ledgerRows())
	v.Logf("%s: %+v; without disturbance %d would be migrated", v.driver, end, migrated)
	if v.audit == nil {
		return
	}
	require.Equal(v, migrated, end.Migrated)
	require.Equal(v, end.Migrated, v.count("SELECT COUNT(*) FROM audit"))
	require.Equal(v, end.Migrated, v.count("SELECT COUNT(DISTINCT id) FROM audit"))
}

// undisturbed compares the customers with those of a run on SQLite, and returns
// how many that one has migrated.
func (v *server) undisturbed(customers int) int64 {
	v.Helper()
	quiet := newStack(v.T)
	quiet.generate(customers)
	worker := quiet.startWorker()
	starter := quiet.startStarter()
	require.Zero(v, starter.wait(v), starter.text())
	worker.kill()
	expected, found := contentOf(v, quiet.database()), v.content()
	require.Len(v, found, len(expected))
	for id, values := range expected {
		require.Equal(v, values, found[id], "customer %s", id)
	}
	return quiet.summary(starter).Migrated
}
