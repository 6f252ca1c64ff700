package activities

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAttemptsFollowEachOther: of one batch, as long as the one before ends in time; those
// of another do not wait.
func TestAttemptsFollowEachOther(t *testing.T) {
	batch, other := attempted{"run", "1"}, attempted{"run", "2"}
	for name, test := range map[string]struct {
		second attempted
		first  time.Duration // how long the first attempt is at work
		stop   time.Duration
		waits  time.Duration
	}{
		"the one before ends":        {batch, 3 * time.Second, time.Hour, 3 * time.Second},
		"another batch":              {other, 3 * time.Second, time.Hour, 0},
		"the one before hangs":       {batch, time.Hour, time.Hour, attemptPatience},
		"it is told to stop as well": {batch, time.Hour, time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				running := newAttempts()
				end := running.begin(t.Context(), nil, batch)
				time.AfterFunc(test.first, end)
				ctx, cancel := context.WithTimeout(t.Context(), test.stop)
				defer cancel()
				began := time.Now()
				running.begin(ctx, nil, test.second)()
				require.Equal(t, test.waits, time.Since(began))
				time.Sleep(test.first)
				synctest.Wait()
				require.Empty(t, running.running)
			})
		})
	}
}
