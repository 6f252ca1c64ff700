package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHowFarAReplicaIsBehind is seen by when the log was where the replica is: the
// server's own figure stands still while the replica does.
func TestHowFarAReplicaIsBehind(t *testing.T) {
	began := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	var log walTimes
	for second := range 100 {
		log.note(began.Add(time.Duration(second)*time.Second), float64(1000*second))
	}
	now := began.Add(99 * time.Second)
	for name, test := range map[string]struct {
		position float64
		behind   time.Duration
	}{
		"it has all":                   {99_000, 0},
		"it has more than was seen":    {99_500, 0},
		"it stopped ten seconds ago":   {89_000, 10 * time.Second},
		"between two looks":            {89_500, 10 * time.Second},
		"it was behind from the start": {-1, 99 * time.Second},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.behind, log.behind(now, test.position)) })
	}
	log.note(now.Add(time.Hour), 99_000)
	require.Zero(t, log.behind(now.Add(time.Hour), 99_000), "nothing was written for an hour")
	for second := range 2 * walMemory {
		log.note(now.Add(time.Duration(second)*time.Second), float64(200_000+second))
	}
	require.LessOrEqual(t, len(log.places), walMemory)
	require.Zero(t, (&walTimes{}).behind(now, 1))
}
