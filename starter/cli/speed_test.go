package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/workflows"
)

func TestSpeedInWords(t *testing.T) {
	begun := time.Unix(1700000000, 0)
	measured := speedometer{}
	measured.add(begun, 0)
	require.Empty(t, measured.text(100, 0), "one sample is no speed")
	measured.add(begun.Add(2*time.Second), 200)
	require.Equal(t, "100/s, about 12 seconds left", measured.text(1200, 0))
	require.Equal(t, "100/s, less than a second left", measured.text(50, 0))
	require.Equal(t, "100/s, about 2 minutes left", measured.text(1200, 10), "a lower rate holds by now")
	require.Equal(t, "100/s, about 12 seconds left", measured.text(1200, 1000))
	slow := speedometer{samples: []sample{{begun, 0}, {begun.Add(20 * time.Second), 4}}}
	require.Equal(t, "less than one a second", slow.text(2000, 0), "it said 0/s, about 3 hours left")
	require.Equal(t, "less than one a second", slow.text(2000, 500))
	require.Equal(t, "0.2/s, about 33 minutes, 20 seconds left", slow.text(400, 0.2))
}

// TestNothingIsSaidOfTheRestWhileTheWorkRests: what was measured before tells nothing of it.
func TestNothingIsSaidOfTheRestWhileTheWorkRests(t *testing.T) {
	beats := func(shares ...float64) map[int]activities.Progress {
		all := map[int]activities.Progress{}
		for i, share := range shares {
			all[i+1] = activities.Progress{Beside: &activities.Beside{Share: share}}
		}
		return all
	}
	for _, test := range []struct {
		phase string
		beats map[int]activities.Progress
		rests bool
	}{
		{workflows.PhasePaused, nil, true}, {workflows.PhaseRunning, nil, false}, {workflows.PhaseRunning, map[int]activities.Progress{1: {}}, false},
		{workflows.PhaseRunning, beats(0, 0), true}, {workflows.PhaseRunning, beats(0, 0.4), false}, {workflows.PhaseRunning, beats(1), false},
	} {
		require.Equal(t, test.rests, rests(observation{status: workflows.Status{Phase: test.phase}, beats: test.beats}))
	}
}
