// Package throttle says how many sets a worker has in hand at once (Gate), and how
// many rows one transaction takes (Sizer). It knows neither databases nor Temporal:
// it is told what was seen, and answers a number.
package throttle

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Gate lets so many sets of a worker be worked on at once: by a number, or as
// few as do as much as more (adaptiveLimit). Those who wait go first in, first out.
type Gate struct {
	mutex    sync.Mutex
	adaptive *adaptiveLimit
	// fixed is the number asked for; 0: found while running.
	fixed  int
	active int
	// waiting are told when their turn begins.
	waiting []chan time.Time
	room    roomKeeper
}

// NewGate returns a gate that finds by itself how many sets may be at work.
func NewGate() *Gate { return NewGateWithin(nil) }

// NewGateWithin returns one that leaves room for others as it is told; nil: it takes all.
func NewGateWithin(room func() Room) *Gate {
	return &Gate{adaptive: newAdaptiveLimit(time.Now()), room: roomKeeper{ask: room}}
}

// Turn is a set's leave to be worked on.
type Turn struct {
	gate  *Gate
	began time.Time
	// Waited is how long the set has waited for it.
	Waited time.Duration
}

// Enter waits until another set may be worked on, fixed of them at once (0: as many
// as the gate finds best). Nil: the context has ended or stopped was closed.
func (g *Gate) Enter(ctx context.Context, stopped <-chan struct{}, fixed int) *Turn {
	asked := time.Now()
	granted := g.queue(fixed)
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	for {
		select {
		case began := <-granted:
			return &Turn{g, began, began.Sub(asked)}
		case <-ticker.C:
			g.lookAgain()
		case <-stopped:
			g.giveUp(granted)
			return nil
		case <-ctx.Done():
			g.giveUp(granted)
			return nil
		}
	}
}

// Leave ends a set of so many rows.
func (t *Turn) Leave(rows int) {
	t.gate.mutex.Lock()
	defer t.gate.mutex.Unlock()
	now := time.Now()
	t.gate.active--
	if t.gate.room.ended(t.began, now) {
		t.gate.adaptive.finished(t.began, now, rows)
	}
	t.gate.grant(now)
}

// limit is how many sets may be worked on at once now.
func (g *Gate) limit() int {
	if g.room.narrow {
		return 1
	}
	if g.fixed > 0 {
		return g.fixed
	}
	return g.adaptive.limit
}

func (g *Gate) queue(fixed int) chan time.Time {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	granted := make(chan time.Time, 1)
	g.fixed = fixed
	g.waiting = append(g.waiting, granted)
	g.grant(time.Now())
	return granted
}

// grant lets as many begin as may.
func (g *Gate) grant(now time.Time) {
	if g.room.look() {
		g.adaptive.settle(now) // what was seen beside somebody else is no measure
	}
	for len(g.waiting) > 0 && g.active < g.limit() {
		if rest := g.room.rest(now); rest > 0 {
			g.room.later(rest, g.lookAgain)
			break
		}
		g.active++
		g.waiting[0] <- now
		g.waiting = g.waiting[1:]
	}
	g.adaptive.changed(now, g.active, len(g.waiting))
}

// lookAgain is for those who wait: nothing may have happened for long.
func (g *Gate) lookAgain() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := time.Now()
	if !g.room.narrow {
		g.adaptive.waited(now)
	}
	g.grant(now)
}

// giveUp leaves the queue; a turn that has just been granted goes to the next.
func (g *Gate) giveUp(granted chan time.Time) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if place := slices.Index(g.waiting, granted); place >= 0 {
		g.waiting = slices.Delete(g.waiting, place, place+1)
	} else {
		g.active--
	}
	g.grant(time.Now())
}
