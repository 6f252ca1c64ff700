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
// All migrations that a worker serves on one database share one gate; each set counts
// all that are at work, and goes by the number of its own run.
type Gate struct {
	mutex    sync.Mutex
	adaptive *adaptiveLimit
	active   int
	waiting  []waiter
	room     roomKeeper
}

// waiter is told when its turn begins.
type waiter struct {
	granted chan time.Time
	// fixed is how many sets may be at work with its own; 0: found while running.
	fixed int
	// room is what is left to its migration; nil: all.
	room func() Room
}

// NewGate returns a gate that finds by itself how many sets may be at work.
func NewGate() *Gate { return &Gate{adaptive: newAdaptiveLimit(time.Now())} }

// Turn is a set's leave to be worked on.
type Turn struct {
	gate  *Gate
	began time.Time
	// Waited is how long the set has waited for it.
	Waited time.Duration
}

// Enter waits until another set may be worked on, fixed of them at once (0: as many
// as the gate finds best), within the room that is left to its migration (nil: all). Nil:
// the context has ended or stopped was closed.
func (g *Gate) Enter(ctx context.Context, stopped <-chan struct{}, fixed int, room func() Room) *Turn {
	asked := time.Now()
	granted := g.queue(fixed, room)
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

// limit is how many sets may be at work at once for the next one to begin.
func (g *Gate) limit() int {
	if g.room.narrow {
		return 1
	}
	if next := g.waiting[0]; next.fixed > 0 {
		return next.fixed
	}
	return g.adaptive.limit
}

func (g *Gate) queue(fixed int, room func() Room) chan time.Time {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	granted := make(chan time.Time, 1)
	g.waiting = append(g.waiting, waiter{granted, fixed, room})
	g.grant(time.Now())
	return granted
}

// grant lets as many begin as may.
func (g *Gate) grant(now time.Time) {
	for len(g.waiting) > 0 {
		g.room.ask = g.waiting[0].room
		if g.room.look() {
			g.adaptive.settle(now) // what was seen beside somebody else is no measure
		}
		if g.active >= g.limit() {
			break
		}
		if rest := g.room.rest(now); rest > 0 {
			g.room.later(rest, g.lookAgain)
			break
		}
		g.active++
		g.waiting[0].granted <- now
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
	if place := slices.IndexFunc(g.waiting, func(one waiter) bool { return one.granted == granted }); place >= 0 {
		g.waiting = slices.Delete(g.waiting, place, place+1)
	} else {
		g.active--
	}
	g.grant(time.Now())
}
