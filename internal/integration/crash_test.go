package integration_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// rounds is how many times something is killed; CRASH_ROUNDS says otherwise.
func rounds(t *testing.T) int {
	text := os.Getenv("CRASH_ROUNDS")
	if text == "" {
		return 1
	}
	number, err := strconv.Atoi(text)
	require.NoError(t, err)
	return number
}

// mode is how the customers are migrated: for ten seconds, so that something is killed
// before the end.
type mode struct {
	name      string
	customers int
	options   []string
}

func modes() []mode {
	return []mode{
		{"sets", 120_000, []string{"customer-migration/rate=12000"}},
		{"an activity per customer", 1_500, []string{"customer-migration/batch-size=1", "customer-migration/rate=150"}},
	}
}

// TestCrash kills one thing after another at random moments of a run, and
// starts it again; the run must end as if nothing had happened.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, victims := range []string{"worker", "starter", "devserver", "all"} {
		for _, mode := range modes() {
			t.Run(victims+", "+mode.name, func(t *testing.T) {
				t.Parallel()
				thrown := dice(t)
				for left := rounds(t); left > 0; {
					left -= crashRun(t, thrown, mode, victims, min(left, 5))
				}
			})
		}
	}
}

// crashRun is one run with so many crashes; it returns how many there were.
func crashRun(t *testing.T, thrown *rand.Rand, mode mode, victims string, crashes int) int {
	t.Helper()
	s := newStackAlone(t)
	s.generate(mode.customers, "--poison", "3")
	worker := s.startWorker(mode.options...)
	starter := s.startStarter(mode.options...)
	done := 0
	for ; done < crashes; done++ {
		before := s.progress()
		s.until("some progress", func() bool { return s.progress() > before || ended(starter) })
		time.Sleep(time.Duration(thrown.IntN(2000)) * time.Millisecond)
		if ended(starter) {
			break
		}
		worker, starter = s.crash(victims, worker, starter, mode)
	}
	require.Positive(t, done, "the run was over before anything was killed")
	code := starter.wait(t)
	require.Equal(t, 1, code, starter.text()) // three customers cannot be migrated
	s.requireExact(s.summary(starter), int64(mode.customers), 3)
	t.Logf("%s killed %d times in a run of %d customers: exact", victims, done, mode.customers)
	return max(done, 1)
}

func ended(p *process) bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (s *stack) crash(victims string, worker, starter *process, mode mode) (*process, *process) {
	s.Helper()
	all := victims == "all"
	if all || victims == "worker" {
		worker.signal(syscall.SIGKILL)
	}
	if all || victims == "starter" {
		starter.signal(syscall.SIGKILL)
	}
	if all || victims == "devserver" {
		s.temporal.kill()
		s.startTemporal()
	}
	began := time.Now()
	if all || victims == "worker" {
		<-worker.done
		worker = s.startWorker(mode.options...)
	}
	if all || victims == "starter" {
		<-starter.done
		starter = s.startStarter(mode.options...)
	}
	before := s.progress()
	s.until("new progress after the restart", func() bool { return s.progress() > before || ended(starter) })
	s.Logf("%s killed: new progress %.1f s after the restart", victims, time.Since(began).Seconds())
	return worker, starter
}

// TestCrashAtAStep kills the worker at each step that matters.
func TestCrashAtAStep(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"after-page", "before-commit", "after-commit", "after-heartbeat", "before-result", "before-continue-as-new"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			limits := []string{"customer-migration/rate=20000"} // it lasts long enough to crash, and to continue
			var server []string
			if step == "before-continue-as-new" {
				server = []string{"--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60"}
			}
			s := newStackAlone(t, server...)
			s.generate(100_000)
			mark := s.path("crashed")
			environment := []string{"CRASH_AT=" + step, "CRASH_MARK=" + mark}
			crashing := s.startWorkerAs("crashworker", environment)
			starter := s.startStarter(limits...)
			s.until("the crash", func() bool { return ended(crashing) || ended(starter) })
			require.FileExists(t, mark, "the worker was never killed")
			s.startWorkerAs("crashworker", environment) // it crashes once; another build would be refused
			require.Zero(t, starter.wait(t), starter.text())
			s.requireExact(s.summary(starter), 100_000, 0)
		})
	}
}

// TestFrozenWorker freezes a worker for longer than the heartbeat timeout, while
// a second one repeats its batches, and thaws it again.
func TestFrozenWorker(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(150_000)
	frozen, connected := s.startWorker(), s.client()
	starter := s.startStarter()
	s.until("some progress", func() bool { return s.progress() > 20_000 })
	// Frozen inside a transaction it would hold SQLite's one write lock, and
	// nobody else could write: then it is thawed and frozen again.
	s.until("a moment between two transactions", func() bool {
		frozen.signal(syscall.SIGSTOP)
		if s.writable() {
			return true
		}
		frozen.signal(syscall.SIGCONT)
		return false
	})
	second := s.startWorker()
	s.until("a second attempt at a batch of the frozen worker's", func() bool {
		require.False(t, ended(second), second.text())
		return s.repeats(connected)
	})
	frozen.signal(syscall.SIGCONT)
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 150_000, 0)
}

// repeats reports whether a batch is at its second attempt, or was.
func (s *stack) repeats(connected client.Client) bool {
	s.Helper()
	description, err := connected.DescribeWorkflowExecution(s.Context(), workflow, "")
	require.NoError(s, err)
	for _, pending := range description.PendingActivities {
		if pending.Attempt > 1 && pending.State == enums.PENDING_ACTIVITY_STATE_STARTED {
			return true
		}
	}
	return slices.ContainsFunc(s.batches(), func(batch ran) bool { return batch.attempt > 1 })
}

// writable reports whether the write lock is free.
func (s *stack) writable() bool {
	opened := s.database()
	defer opened.Close()
	if _, err := opened.Exec("PRAGMA busy_timeout=50"); err != nil {
		return false
	}
	_, err := opened.Exec(fmt.Sprintf("UPDATE customers SET full_name = full_name WHERE id = %d", -1))
	return err == nil
}
