package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// TestContinueAsNew: a run that continues as new all the time ends as if it
// never had, and what it tells meanwhile never goes back.
func TestContinueAsNew(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	// A run lasts for a second at least, and so the rate makes many of them.
	for _, test := range []struct {
		size, events string
		customers    int64
	}{{"10", "40", 2300}, {"1", "300", 1800}} {
		t.Run("batches of "+test.size, func(t *testing.T) {
			t.Parallel()
			s := newStackAlone(t, "--dynamic-config-value", "limit.historyCount.suggestContinueAsNew="+test.events)
			s.generate(int(test.customers), "--poison", "2")
			needed := s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL") - 2
			s.startWorker()
			starter := s.startStarter("customer-migration/batch-size="+test.size, "customer-migration/processes=5",
				fmt.Sprintf("customer-migration/rate=%d", test.customers/30))
			answers := s.neverBack(starter)
			require.Equal(t, 1, starter.wait(t), starter.text())
			end := s.summary(starter)
			s.requireExact(end, test.customers, 2)
			require.Equal(t, needed, end.Migrated)
			require.GreaterOrEqual(t, end.Runs, 5)
			require.GreaterOrEqual(t, answers, 5)
			t.Logf("continued as new %d times; %d answers of the status query", end.Runs, answers)
		})
	}
}

// neverBack asks for the status until the run's end, and returns how often it was
// answered: no total may ever shrink.
func (s *stack) neverBack(starter *process) int {
	s.Helper()
	connected, answers := s.client(), 0
	var last workflows.Status
	for ; !ended(starter); time.Sleep(50 * time.Millisecond) {
		seen, ok := status(connected)
		if !ok {
			continue
		}
		require.GreaterOrEqual(s, seen.Totals.Done(), last.Totals.Done(), "totals go back")
		require.GreaterOrEqual(s, seen.Totals.Scanned, last.Totals.Scanned)
		require.GreaterOrEqual(s, seen.Runs, last.Runs)
		last = seen
		answers++
	}
	return answers
}
