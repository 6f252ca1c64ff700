package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/workflows"
)

func TestAnEstimateSaysThatItIsOne(t *testing.T) {
	summary := workflows.Summary{Totals: workflows.Totals{Migrated: 1_000_000}, ElapsedSeconds: 120, Preview: &activities.Preview{Set: 40, Held: 24 * time.Millisecond}}
	require.Contains(t, estimate(summary, workflows.Status{}, "2:00"), "It takes about 12 minutes at full speed.\nThat is an estimate: reading and checking took 2:00, and writing 40 rows together took 24ms")
	require.Contains(t, estimate(summary, workflows.Status{Rate: 10}, "2:00"), "with that it takes 28 hours at least")
	require.Contains(t, estimate(summary, workflows.Status{}, "2:00"), "The migration would write 1,000,000 customers;")
	for _, failing := range []activities.Preview{{Refused: 19, Rows: 46}, {Broken: "no such right"}} {
		summary.Preview = &failing
		require.Contains(t, estimate(summary, workflows.Status{}, "2:00"), "The migration would try 1,000,000 customers; nothing has been written.")
	}
	summary.Preview = nil
	require.Contains(t, estimate(summary, workflows.Status{}, "2:00"), "Reading and checking took 2:00; a migration takes longer than that")
	for seconds, text := range map[float64]string{0: "a second", 59.6: "60 seconds", 100: "2 minutes", 90 * 60: "2 hours", 40 * 3600: "2 days"} {
		require.Equal(t, text, aboutTime(seconds))
	}
}

func TestExitCodesOfADryRun(t *testing.T) {
	done := workflows.Summary{Phase: workflows.PhaseCompleted, DryRun: true}
	work, refused, broken := done, done, done
	work.Migrated = 5
	refused.Migrated, refused.Preview = 5, &activities.Preview{Refused: 1}
	broken.Migrated, broken.Preview = 5, &activities.Preview{Broken: "no such right"}
	for _, test := range []struct {
		summary     workflows.Summary
		plain, told int
	}{{done, exitDone, exitDone}, {work, exitDone, exitWork}, {refused, exitFailed, exitFailed}, {broken, exitFailed, exitFailed}} {
		require.Equal(t, test.plain, codeOf(test.summary, &flags{}))
		require.Equal(t, test.told, codeOf(test.summary, &flags{exitCode: true}))
	}
}
