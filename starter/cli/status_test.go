package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// TestARunOfWhichLittleIsKnownPrintsNoZeroValues: where Temporal had told its end, and not
// yet what it was about, the status was of no migration, started 15,250 weeks ago.
func TestARunOfWhichLittleIsKnownPrintsNoZeroValues(t *testing.T) {
	end := closure{phase: workflows.PhaseCompleted, summary: &workflows.Summary{Phase: workflows.PhaseCompleted, CancelReason: "enough", Totals: workflows.Totals{Migrated: 5}}}
	o := &observer{last: observation{closed: &end}}
	o.conclude()
	require.False(t, o.last.known)
	o.last.named = true
	o.conclude()
	require.True(t, o.last.known)
	require.Equal(t, "enough", o.last.status.CancelReason)

	var printed strings.Builder
	shown := &target{id: "migration/m/test", given: &flags{}, stdout: &printed}
	shown.printClosed(t.Context(), end)
	require.Equal(t, "migration/m/test: completed\nMigrated 5 customers (0 previously migrated, 0 failures)\n", printed.String())
	require.Empty(t, startedAgo(time.Time{}))
	require.Contains(t, startedAgo(time.Now().Add(-time.Minute)), "started 1 minute ago")
}

// TestALimitedRateIsTold while the run goes on.
func TestALimitedRateIsTold(t *testing.T) {
	status := workflows.Status{Phase: workflows.PhasePaused, Rate: 25}
	require.Equal(t, "Limited to 25 customers a second", limitedText(status))
	status.Phase = workflows.PhaseCompleted
	require.Empty(t, limitedText(status))
	require.Empty(t, limitedText(workflows.Status{Phase: workflows.PhaseRunning}))
}
