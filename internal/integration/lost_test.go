package integration_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// TestAWorkerThatIsLostWithThePause: what it had done is not forgotten while the run is
// paused, and takes no time at the rate once it goes on, which is a low one then.
func TestAWorkerThatIsLostWithThePause(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(30_000)
	worker := s.startWorker(slow("400")...)
	starter := s.startStarter(slow("400")...)
	s.until("a batch that has come far", func() bool { return s.progress() > 4000 })
	s.tell(0, "pause")
	worker.signal(syscall.SIGKILL)
	<-worker.done
	s.startWorker(slow("400")...)
	connected := s.client()
	paused := s.untilStatus(connected, "the batch to be lost", func(status workflows.Status) bool {
		return status.Phase == workflows.PhasePaused && !status.Processes[0].Busy
	})
	done := s.ledgered()
	require.InDelta(t, done, paused.Totals.Migrated, 1200, "a worker is heard of every half second")
	if paused.Uncounted { // the batch had not come back before its worker died
		require.Contains(t, s.tell(0, "status"), "the last customers that a lost worker migrated may not be counted yet; they are, once the run goes on")
	}
	s.tell(0, "rate", "20")
	s.tell(0, "resume")
	began := time.Now()
	s.until("the run to go on", func() bool { return s.ledgered() > done })
	require.Less(t, time.Since(began), 20*time.Second, "4,000 rows at the rate would be minutes")
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 30_000, 0)
}
