package integration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

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
