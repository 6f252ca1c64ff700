package integration_test

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// slow keeps a run going until a test has done what it does in mid-run, on a busy
// machine too: minutes, which nobody waits for (see release).
func slow(rate string) []string {
	return []string{"customer-migration/rate=" + rate, "customer-migration/processes=4"}
}

// release lets a slow run come to its end.
func (s *stack) release(options ...string) {
	s.Helper()
	s.tell(0, append([]string{"rate", "0"}, options...)...)
}

// cannotBeTold is the starter's exit code when nobody answers.
const cannotBeTold = 3

// tell runs the starter's command, and returns what it said. While no worker answers,
// though one should, it is said again, as the starter asks for.
func (s *stack) tell(code int, arguments ...string) string {
	s.Helper()
	var p *process
	s.until("a worker's answer", func() bool {
		p = s.start("starter", nil, arguments...)
		ended := p.wait(s)
		return code == cannotBeTold || ended != cannotBeTold || !strings.Contains(p.text(), "no worker answers")
	})
	require.Equal(s, code, p.ProcessState.ExitCode(), p.text())
	return p.text()
}

func TestPauseOutlivesWorkerAndServer(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(4000)
	worker := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 20 })
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
	s.startWorker(slow("20")...)
	s.temporal.kill()
	s.startTemporal()
	paused := s.untilStatus(connected, "an answer after the restarts", idle)
	time.Sleep(3 * time.Second)
	require.Equal(t, before, s.progress(), "nothing is migrated while paused")
	require.Equal(t, "lunch", paused.PauseReason)
	require.Contains(t, s.tell(0, "status"), "PAUSED: lunch")
	require.Regexp(t, `(?m)^\d+% done: [\d,]+ of 4,000 customers$`, s.tell(0, "status"))
	var printed workflows.Status
	require.NoError(t, json.Unmarshal([]byte(s.tell(0, "status", "--output", "json")), &printed))
	require.Equal(t, workflows.PhasePaused, printed.Phase)
	require.Contains(t, s.tell(0, "resume"), "the migration is running")
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 4000, 0)
	require.Contains(t, s.tell(1, "resume"), "no migration runs")
}

// TestTheRateIsChangedInMidRun: 20 customers a second would take 200 s. The change
// outlives worker and server, and whoever attaches says the options of the start.
func TestTheRateIsChangedInMidRun(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(4000)
	worker := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 0 })
	require.Contains(t, s.tell(2, "rate", "fast"), `"fast" is no number of rows a second`)
	require.Contains(t, s.tell(0, "rate", "1.5"), "the migration is running, at 1.5 customers a second")
	worker.kill()
	s.startWorker(slow("20")...)
	s.temporal.kill()
	s.startTemporal()
	changed := s.untilStatus(s.client(), "an answer after the restarts", func(workflows.Status) bool { return true })
	require.InDelta(t, 1.5, changed.Rate, 0)
	attached := s.startStarter(slow("20")...)
	require.Contains(t, s.tell(0, "rate", "0"), "the migration is running; ")
	for _, watching := range []*process{starter, attached} {
		require.Zero(t, watching.wait(t), watching.text())
	}
	s.requireExact(s.summary(starter), 4000, 0)
	require.Contains(t, s.tell(1, "rate", "5"), "no migration runs")
}

func TestCancelAndGoOn(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(*stack){
		"by the starter": func(s *stack) { s.tell(0, "cancel") },
		"from Temporal":  func(s *stack) { require.NoError(s, s.client().CancelWorkflow(s.Context(), workflow, "")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cancelAndGoOn(newStack(t), cancel)
		})
	}
}

func cancelAndGoOn(s *stack, cancel func(*stack)) {
	s.Helper()
	s.generate(4000)
	s.startWorker(slow("60")...)
	first := s.startStarter(slow("60")...)
	s.until("some progress", func() bool { return s.progress() > 100 })
	cancel(s)
	require.Equal(s, 1, first.wait(s), first.text())
	cancelled := s.summary(first)
	require.Equal(s, "cancelled", cancelled.Phase)
	require.Equal(s, cancelled.Migrated, s.ledgered())

	second := s.startStarter()
	require.Zero(s, second.wait(s), second.text())
	rest := s.summary(second)
	require.Less(s, rest.Scanned, int64(4000), "it goes on from the paging state")
	require.Equal(s, s.ledgered(), cancelled.Migrated+rest.Migrated)
	require.Equal(s, s.ledgered(), s.number("SELECT COUNT(DISTINCT id) FROM audit"))
	require.Equal(s, s.ledgered(), s.number("SELECT COUNT(*) FROM audit"))
	require.Zero(s, s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
	s.Logf("cancelled after %d of 4,000 customers were migrated; the next start scanned %d", cancelled.Migrated, rest.Scanned)

	third := s.startStarter()
	require.Zero(s, third.wait(s))
	require.EqualValues(s, 4000, s.summary(third).Scanned, "a finished run leaves nothing to go on from")
}

func TestResetDiscardsThePagingState(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.startWorker(slow("60")...)
	first := s.startStarter(slow("60")...)
	s.until("some progress", func() bool { return s.progress() > 100 })
	s.tell(0, "cancel")
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
	s.startWorker(slow("20")...)
	first := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 20 })
	refused := s.tell(2, slow("300")...)
	require.Contains(t, refused, "rate: it runs with 20, asked for 300")
	require.Contains(t, s.tell(2, append(slow("20"), "--reset")...), "reset: it runs with none, asked for true")
	first.signal(syscall.SIGINT)
	require.Equal(t, 130, first.wait(t))
	again := strings.Join(slow("20"), " ")
	require.Contains(t, first.text(), "watch it again: starter watch "+again+"\n")
	require.Contains(t, first.text(), "stop it:        starter cancel "+again+"\n")
	left := s.progress()
	s.until("progress without a terminal", func() bool { return s.progress() > left })
	second := s.startStarter(slow("20")...)
	third := s.startStarter(slow("20")...)
	for _, attached := range []*process{second, third} {
		s.until("a status", func() bool { return len(attached.text()) > 500 })
	}
	s.release()
	require.Zero(t, second.wait(t), second.text())
	require.Zero(t, third.wait(t), third.text())
	require.Equal(t, s.summary(second), s.summary(third))
	s.requireExact(s.summary(second), 3000, 0)
}

// said is what a command of the starter's said, whatever its exit code.
func (s *stack) said(arguments ...string) string {
	s.Helper()
	p := s.start("starter", nil, arguments...)
	p.wait(s)
	defer os.Remove(p.output.Name())
	return p.text()
}
