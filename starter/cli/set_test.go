package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/workflows"
)

func TestSettingsAreToldFromWhatNamesTheMigration(t *testing.T) {
	request, rest := splitSettings([]string{"site-guard/latency=5ms", "customer-migrator/migration=mine", "site-guard/query=SELECT a = 1"})
	require.Equal(t, map[string]string{"site-guard/latency": "5ms", "site-guard/query": "SELECT a = 1"}, request.Values)
	require.Equal(t, []string{"customer-migrator/migration=mine"}, rest)
}

// TestTheWorstOfAllWorkersIsShown, in notes as in the status.
func TestTheWorstOfAllWorkersIsShown(t *testing.T) {
	seen := observation{known: true, status: workflows.Status{Phase: workflows.PhaseRunning}, beats: map[int]activities.Progress{
		1: {Beside: &activities.Beside{Share: 1, Line: "Full speed"}},
		2: {Beside: &activities.Beside{Share: 0.42, Words: "Slowed to 42 %: the database answers in 3.1 ms, limit 2.0", Line: "Slowed to 42 %: the database answers in 3.1 ms, limit 2.0"}},
		3: {},
	}}
	require.Equal(t, "Slowed to 42 %: the database answers in 3.1 ms, limit 2.0", besideLine(seen))
	require.Contains(t, notes(seen, seen.since), "Slowed to 42 %")
	seen.beats = map[int]activities.Progress{1: {Beside: &activities.Beside{Share: 1, Line: "Full speed"}}}
	require.Equal(t, "Full speed", besideLine(seen))
	require.Empty(t, notes(seen, seen.since), "full speed is no news")
	seen.beats = nil
	seen.status.Beside = &activities.Beside{Share: 0, Line: "Waiting: it is outside of the window"}
	require.Equal(t, "Waiting: it is outside of the window", besideLine(seen))
	var printed strings.Builder
	seen.beats = map[int]activities.Progress{1: {Beside: seen.status.Beside}}
	seen.beats[1].Beside.Words = seen.status.Beside.Line
	(&target{connection: &connection{}, given: &flags{}, stdout: &printed}).print(seen, time.Time{})
	require.Equal(t, 1, strings.Count(printed.String(), "Waiting: it is outside of the window"), "once is enough")
}

// TestNothingIsSaidOfAGuardThatDoesNothing: its last word is old where the run is paused,
// and where the guard was set off.
func TestNothingIsSaidOfAGuardThatDoesNothing(t *testing.T) {
	for _, test := range []struct {
		phase, mode string
		busy, said  bool
	}{
		{workflows.PhaseRunning, "", false, true}, {workflows.PhasePaused, "", true, true}, {workflows.PhasePaused, "", false, false},
		{workflows.PhaseRunning, "off", true, false}, {workflows.PhaseRunning, "auto", true, true}, {workflows.PhasePaused, "auto", false, false},
	} {
		beside := &activities.Beside{Words: "Waiting: tea time", Line: "Waiting: tea time"}
		seen := observation{known: true, beats: map[int]activities.Progress{1: {Beside: beside}}, status: workflows.Status{Phase: test.phase, Beside: beside,
			Set: map[string]string{"site-guard/mode": test.mode}, Processes: []workflows.ProcessStatus{{Number: 1, Busy: test.busy}}}}
		require.Equal(t, test.said, besideLine(seen) != "", test)
		require.Equal(t, test.said, newJSONStatus(seen).SiteGuard != "", test)
		require.Equal(t, test.said, strings.Contains(notes(seen, seen.since), "tea time"), test)
	}
}
