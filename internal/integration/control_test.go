package integration_test

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// slow keeps a run going for a while: some hundred customers a second.
func slow(rate string) []string {
	return []string{"customer-migration/rate=" + rate, "customer-migration/processes=4"}
}

// tell runs the starter's command, and returns what it said.
func (s *stack) tell(code int, arguments ...string) string {
	s.Helper()
	p := s.start("starter", nil, arguments...)
	require.Equal(s, code, p.wait(s), p.text())
	return p.text()
}

func TestPauseOutlivesWorkerAndServer(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	worker := s.startWorker(slow("400")...)
	starter := s.startStarter(slow("400")...)
	s.until("some progress", func() bool { return s.progress() > 400 })
	require.Contains(t, s.tell(0, "pause", "--reason", "lunch"), "the migration is paused")
	connected := s.client()
	idle := func(status workflows.Status) bool {
		for _, process := range status.Processes {
			if process.Busy {
				return false
			}
		}
		return status.Phase == workflows.PhasePaused
	}
	s.untilStatus(connected, "the running batches' end", idle)
	before := s.progress()
	worker.kill()
	s.startWorker(slow("400")...)
	s.temporal.kill()
	s.startTemporal()
	paused := s.untilStatus(connected, "an answer after the restarts", idle)
	time.Sleep(3 * time.Second)
	require.Equal(t, before, s.progress(), "nothing is migrated while paused")
	require.Equal(t, "lunch", paused.PauseReason)
	require.Contains(t, s.tell(0, "status"), "PAUSED: lunch")
	var printed workflows.Status
	require.NoError(t, json.Unmarshal([]byte(s.tell(0, "status", "--output", "json")), &printed))
	require.Equal(t, workflows.PhasePaused, printed.Phase)
	require.Contains(t, s.tell(0, "resume"), "the migration is running")
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 4000, 0)
	require.Contains(t, s.tell(1, "resume"), "no migration runs")
}

func TestCancelAndGoOn(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	s.startWorker(slow("400")...)
	first := s.startStarter(slow("400")...)
	s.until("some progress", func() bool { return s.progress() > 800 })
	s.tell(0, "cancel")
	require.Equal(t, 1, first.wait(t), first.text())
	cancelled := s.summary(first)
	require.Equal(t, "cancelled", cancelled.Phase)
	require.Equal(t, cancelled.Migrated, s.ledgered())

	second := s.startStarter()
	require.Zero(t, second.wait(t), second.text())
	rest := s.summary(second)
	require.Less(t, rest.Scanned, int64(4000), "it goes on from the paging state")
	require.Equal(t, s.ledgered(), cancelled.Migrated+rest.Migrated)
	require.Equal(t, s.ledgered(), s.number("SELECT COUNT(DISTINCT id) FROM audit"))
	require.Equal(t, s.ledgered(), s.number("SELECT COUNT(*) FROM audit"))
	require.Zero(t, s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
	t.Logf("cancelled after %d of 4,000 customers were migrated; the next start scanned %d", cancelled.Migrated, rest.Scanned)

	third := s.startStarter()
	require.Zero(t, third.wait(t))
	require.EqualValues(t, 4000, s.summary(third).Scanned, "a finished run leaves nothing to go on from")
}

func TestResetDiscardsThePagingState(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.startWorker(slow("400")...)
	first := s.startStarter(slow("400")...)
	s.until("some progress", func() bool { return s.progress() > 800 })
	require.NoError(t, s.client().CancelWorkflow(t.Context(), workflow, "")) // from Temporal: the same
	require.Equal(t, 1, first.wait(t), first.text())
	cancelled := s.summary(first)
	require.Equal(t, "cancelled", cancelled.Phase)
	second := s.startStarter("--reset")
	require.Zero(t, second.wait(t), second.text())
	again := s.summary(second)
	require.EqualValues(t, 3000, again.Scanned)
	require.Equal(t, s.ledgered(), cancelled.Migrated+again.Migrated)
	require.Equal(t, s.ledgered(), s.number("SELECT COUNT(*) FROM audit"))
}

func TestAttachAndDetach(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.startWorker(slow("400")...)
	first := s.startStarter(slow("400")...)
	s.until("some progress", func() bool { return s.progress() > 400 })
	refused := s.tell(2, slow("300")...)
	require.Contains(t, refused, "rate: it runs with 400, asked for 300")
	require.Contains(t, s.tell(2, append(slow("400"), "--reset")...), "reset: it runs with none, asked for true")
	first.signal(syscall.SIGINT)
	require.Equal(t, 130, first.wait(t))
	require.Contains(t, first.text(), "stop it:        starter cancel")
	second := s.startStarter(slow("400")...)
	third := s.startStarter(slow("400")...)
	require.Zero(t, second.wait(t), second.text())
	require.Zero(t, third.wait(t), third.text())
	require.Equal(t, s.summary(second), s.summary(third))
	s.requireExact(s.summary(second), 3000, 0)
}

// TestTheRateHolds prints what was measured; what it asserts is that the rate is
// not exceeded. How far below it a run stays is the machine's affair: on a quiet
// one less than 5 %.
func TestTheRateHolds(t *testing.T) {
	for _, workers := range []int{1, 2} {
		s := newStack(t)
		s.generate(10_000)
		for range workers {
			s.startWorker()
		}
		starter := s.startStarter("customer-migration/rate=500")
		require.Zero(t, starter.wait(t), starter.text())
		end := s.summary(starter)
		s.requireExact(end, 10_000, 0)
		measured := float64(end.Scanned) / end.Elapsed
		t.Logf("%d workers: %.1f customers/s asked for 500", workers, measured)
		require.Less(t, measured, 525.0)
		require.Greater(t, measured, 350.0)
	}
}

func TestContinueAsNew(t *testing.T) {
	t.Parallel()
	// Temporal holds a run back that follows one of less than a second.
	for events, options := range map[string][]string{
		"40":  {"customer-migration/batch-size=10"},
		"300": {"customer-migration/batch-size=1"},
	} {
		s := newStack(t, "--dynamic-config-value", "limit.historyCount.suggestContinueAsNew="+events)
		s.generate(3000, "--poison", "2")
		s.startWorker()
		starter := s.startStarter(append(options, "customer-migration/processes=5")...)
		connected := s.client()
		var last workflows.Status
		for !ended(starter) {
			time.Sleep(50 * time.Millisecond)
			seen, ok := status(connected)
			if !ok {
				continue
			}
			require.GreaterOrEqual(t, seen.Totals.Done(), last.Totals.Done(), "totals go back")
			require.GreaterOrEqual(t, seen.Totals.Scanned, last.Totals.Scanned)
			require.GreaterOrEqual(t, seen.Runs, last.Runs)
			last = seen
		}
		require.Equal(t, 1, starter.wait(t), starter.text())
		end := s.summary(starter)
		s.requireExact(end, 3000, 2)
		require.GreaterOrEqual(t, end.Runs, 20)
		t.Logf("%s: continued as new %d times", strings.Join(options, " "), end.Runs)
	}
}

func TestAStalledMigratorParksTheScanner(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(5000)
	s.startWorker()
	limits := []string{"customer-migration/rate=20", "customer-scanner/block-size=200", "customer-scanner/fetch-size=50"}
	minimal := s.start("starter", nil, append(limits, "--output", "minimal")...)
	connected := s.client()
	parked := s.untilStatus(connected, "the scanner to park", func(status workflows.Status) bool {
		return status.Scanner.State == workflows.ScannerParked && status.Totals.Scanned > 0
	})
	for range 20 {
		seen, _ := status(connected)
		require.LessOrEqual(t, seen.Scanner.Buffered, 200)
		time.Sleep(100 * time.Millisecond)
	}
	require.LessOrEqual(t, parked.Scanner.Buffered, 200)
	s.until("the board to say so", func() bool { return strings.Contains(minimal.text(), "parked: ") })
	s.tell(0, "cancel")
	require.Equal(t, 1, minimal.wait(t))
}

// said is what a command of the starter's said, whatever its exit code.
func (s *stack) said(arguments ...string) string {
	s.Helper()
	p := s.start("starter", nil, arguments...)
	p.wait(s)
	return p.text()
}

// lockedFor holds a lock for longer than the migrator waits before it gives a
// batch back.
func lockedFor(t *testing.T) {
	t.Helper()
	time.Sleep(8 * time.Second)
}
