package integration_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheRateHolds measures by the summary's own figures, over one worker and
// over two: the rate is the run's, of rows written.
func TestTheRateHolds(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2} {
		t.Run(fmt.Sprintf("workers %d", workers), func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.generate(7500)
			for range workers {
				s.startWorker()
			}
			starter := s.startStarter("customer-migration/rate=500")
			require.Zero(t, starter.wait(t), starter.text())
			end := s.summary(starter)
			s.requireExact(end, 7500, 0)
			measured := float64(end.Migrated) / end.Elapsed
			t.Logf("%.1f customers/s, asked for 500; batches by worker: %v", measured, workersOf(s.batches()))
			require.LessOrEqual(t, measured, 500*1.05, "a busy machine may be slower")
		})
	}
}

// TestALowerRateHoldsAtOnce: the batch in hand is called back, and what it was ahead of
// its schedule is no debt, which would be minutes at the lower rate.
func TestALowerRateHoldsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(30_000)
	s.startWorker()
	starter := s.startStarter("customer-migration/rate=600")
	migrated := func() int64 { return s.number("SELECT COUNT(*) FROM audit") }
	s.until("some are migrated", func() bool {
		require.False(t, ended(starter), starter.text())
		return migrated() > 2000
	})
	s.tell(0, "rate", "1")
	before := migrated()
	s.until("five more, one a second", func() bool { return migrated() >= before+5 })
	require.Less(t, migrated(), before+1500, "a batch of the rate before has some 12,000")
	s.tell(0, "rate", "0")
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 30_000, 0)
}
