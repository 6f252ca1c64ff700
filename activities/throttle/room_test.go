package throttle

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNothingBeginsWithoutRoom, and what waits begins once there is some.
func TestNothingBeginsWithoutRoom(t *testing.T) {
	var share atomic.Int64
	gate, room := NewGate(), func() Room { return Room{Share: float64(share.Load()) / 100} }
	begun := make(chan *Turn, 1)
	go func() { begun <- gate.Enter(t.Context(), nil, 4, room) }()
	require.Never(t, func() bool { return len(begun) > 0 }, 150*time.Millisecond, 10*time.Millisecond)
	share.Store(100)
	require.Eventually(t, func() bool { return len(begun) > 0 }, 30*time.Second, 10*time.Millisecond)
	(<-begun).Leave(1)
}

// TestWhoWaitsForRoomLeavesAtOnce when the batch is called back.
func TestWhoWaitsForRoomLeavesAtOnce(t *testing.T) {
	gate, room := NewGate(), func() Room { return Room{} }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Nil(t, gate.Enter(ctx, nil, 0, room))
	require.Zero(t, gate.active)
}

// TestOneSetAtATimeBesideOthers, whatever number was asked for.
func TestOneSetAtATimeBesideOthers(t *testing.T) {
	gate, room := NewGate(), func() Room { return Room{Share: 1, Narrow: true} }
	first := gate.Enter(t.Context(), nil, 4, room)
	second := gate.queue(4, room)
	require.Empty(t, second)
	first.Leave(1)
	require.Len(t, second, 1)
}

// TestRestsAreTheOtherPartOfTheTime that a share leaves.
func TestRestsAreTheOtherPartOfTheTime(t *testing.T) {
	for _, test := range []struct {
		share float64
		rest  time.Duration
	}{{1, 0}, {0.5, 10 * time.Millisecond}, {0.25, 30 * time.Millisecond}, {0.0001, longestPause}, {0, longestPause}} {
		require.Equal(t, test.rest, Room{Share: test.share}.Pause(10*time.Millisecond), "share %v", test.share)
	}
	began := time.Now()
	keeper := roomKeeper{ask: func() Room { return Room{Share: 0.25} }}
	keeper.look()
	require.False(t, keeper.ended(began, began.Add(10*time.Millisecond)), "its speed is no measure")
	require.Equal(t, 30*time.Millisecond, keeper.rest(began.Add(10*time.Millisecond)))
	require.LessOrEqual(t, keeper.rest(began.Add(40*time.Millisecond)), time.Duration(0))
}
