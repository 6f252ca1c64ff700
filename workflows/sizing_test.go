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
	limits := Limits{Processes: 20, BatchTime: 5 * time.Second, BatchMax: 250_000}
	for name, test := range map[string]struct {
		waited       time.Duration
		batch, share int
	}{
		"no waiting":         {0, 50_000, 3000},
		"nine tenths waited": {900 * time.Millisecond, 50_000, 30_000},
		"nothing but":        {time.Second, 50_000, 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			var sizing Sizing
			sizing.observe(activities.BatchResult{Attempt: 1, Customers: 10_000, Elapsed: time.Second, Waited: test.waited})
			require.Equal(t, test.batch, sizing.batch(limits))
			require.Equal(t, test.share, sizing.share(limits, 40_000))
		})
	}
}

// TestARunThatMeasuredNoWork goes on after its continue-as-new.
func TestARunThatMeasuredNoWork(t *testing.T) {
	sizing := Sizing{CustomerTime: 100 * time.Microsecond, Largest: 50_000}
	require.Equal(t, 3000, sizing.share(Limits{Processes: 20, BatchTime: 5 * time.Second, BatchMax: 250_000}, 40_000))
}
