package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
)

// TestWaitingForOthersIsNoWork: a batch has the size that a process gets done in its
// time, but the last customers are divided by how much work they are.
func TestWaitingForOthersIsNoWork(t *testing.T) {
	limits := Limits{Processes: 12, BatchTime: 5 * time.Second, BatchMax: 250_000}
	for name, test := range map[string]struct {
		waited       time.Duration
		batch, share int
	}{
		"no waiting":         {0, 50_000, 3000},
		"nine tenths waited": {900 * time.Millisecond, 50_000, 30_000},
		"nothing but":        {time.Second, 50_000, 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			sizing := Sizing{}
			sizing.observe(activities.BatchResult{Attempt: 1, Customers: 10_000, Elapsed: time.Second, Waited: test.waited}, limits)
			require.Equal(t, test.batch, sizing.batch(limits))
			require.Equal(t, test.share, sizing.lastBatch(limits, 40_000))
		})
	}
}

// TestARunThatMeasuredNoWork goes on after its continue-as-new.
func TestARunThatMeasuredNoWork(t *testing.T) {
	sizing := Sizing{CustomerTime: 100 * time.Microsecond, Largest: 50_000}
	require.Equal(t, 3000, sizing.lastBatch(Limits{Processes: 12, BatchTime: 5 * time.Second, BatchMax: 250_000}, 40_000))
}

// TestTheLastRangesAreSmall: a customer takes 100 ms, 12 processes a share of 300 ms, and so a batch of 5 s has 50,
// its ranges 12, and those of the last page, here of 200 customers, 3.
func TestTheLastRangesAreSmall(t *testing.T) {
	limits := Limits{Processes: 12, BatchTime: 5 * time.Second, BatchMax: 1000, BatchMin: LeastBatch}
	sizing := Sizing{CustomerTime: 100 * time.Millisecond, Largest: 20}
	for _, test := range []struct {
		left int64
		size int
	}{{10_000, 12}, {201, 12}, {200, 3}, {1, 3}, {0, 3}, {-200, 3}, {-201, 12}} {
		require.Equal(t, test.size, sizing.lastRangeSize(limits, test.left, 200), "%d are left", test.left)
	}
	slow := Sizing{CustomerTime: time.Second, Largest: 20}
	require.Equal(t, 1, slow.lastRangeSize(limits, 10, 200))
	quick := Sizing{CustomerTime: time.Microsecond, Largest: 1000}
	require.Equal(t, 250, quick.lastRangeSize(limits, 10, 200), "never larger than others")
	unknown := Sizing{}
	require.Equal(t, firstBatch, unknown.lastRangeSize(limits, 10, 200))
	fixed := limits
	fixed.BatchSize = 7
	require.Equal(t, 7, sizing.lastRangeSize(fixed, 10, 200))
}

// TestBatchesEndTogether: the last batches of a run that continues as new.
func TestBatchesEndTogether(t *testing.T) {
	limits := Limits{Processes: 4, BatchTime: 5 * time.Second, BatchMax: 1000, BatchMin: LeastBatch}
	sizing := Sizing{CustomerTime: 100 * time.Millisecond, Largest: 20}
	require.Equal(t, 5*time.Second, sizing.batchTime(limits))
	require.Equal(t, 50, sizing.within(50, 6*time.Second))
	require.Equal(t, 20, sizing.within(50, 2*time.Second))
	require.Equal(t, 1, sizing.within(50, -time.Second), "it is over")
	limits.BatchSize = 1
	require.Equal(t, 100*time.Millisecond, sizing.batchTime(limits))
	unknown := Sizing{}
	require.Zero(t, unknown.batchTime(limits))
	require.Equal(t, 50, unknown.within(50, 0))
}

// TestTheLeastShare grows with the processes that have one at the same time.
func TestTheLeastShare(t *testing.T) {
	for processes, share := range map[int]time.Duration{1: 100 * time.Millisecond, 4: 100 * time.Millisecond, 12: 300 * time.Millisecond, 20: 500 * time.Millisecond, 80: 500 * time.Millisecond} {
		require.Equal(t, share, leastShare(processes), "%d processes", processes)
	}
}

// TestUnderARateFewProcessesHaveWork: as many as keep it up, with some to spare. Each
// batch has its share of the rate, and lasts a batch's time.
func TestUnderARateFewProcessesHaveWork(t *testing.T) {
	limits := Limits{Processes: 20, BatchTime: 5 * time.Second, BatchMax: 250_000, BatchMin: LeastBatch}
	for name, test := range map[string]struct {
		rate             float64
		row              time.Duration
		processes, batch int
		cadence          float64
	}{
		"quick rows":                {700, 10 * time.Microsecond, 1, 3500, 770},
		"some work":                 {700, 4 * time.Millisecond, 4, 875, 192.5},
		"slow rows":                 {100, 100 * time.Millisecond, 13, 38, 8.46},
		"a rate beyond their means": {1000, 100 * time.Millisecond, 20, 50, 55},
		"less than a row a batch":   {0.1, time.Millisecond, 1, 1, 0.22},
		"nothing known":             {700, 0, 1, firstBatch, 770},
	} {
		t.Run(name, func(t *testing.T) {
			limits.Rate = test.rate
			sizing := Sizing{Cadence: true, CustomerTime: test.row, Largest: 10_000}
			require.Equal(t, test.processes, sizing.processes(limits))
			require.Equal(t, test.batch, sizing.batch(limits))
			require.InEpsilon(t, test.cadence, sizing.cadence(limits, test.batch), 0.01)
			sizing.Cadence = false
			require.Equal(t, limits.Processes, sizing.processes(limits))
			require.Zero(t, sizing.cadence(limits, test.batch), "runs from before have none")
		})
	}
}
