package activities

import (
	"context"
	"slices"
	"sync"
	"time"
)

// gate lets so many sets of a worker be worked on at once: by a number, or as
// few as do as much as more (adaptiveLimit). Those who wait go first in, first out.
type gate struct {
	mutex    sync.Mutex
	adaptive *adaptiveLimit
	// fixed is the number asked for; 0: found while running.
	fixed  int
	active int
	// waiting are told when their turn begins.
	waiting []chan time.Time
}

func newGate() *gate { return &gate{adaptive: newAdaptiveLimit(time.Now())} }

// turn is a set's leave to be worked on.
type turn struct {
	gate  *gate
	began time.Time
	// waited is how long the set has waited for it.
	waited time.Duration
}

// enter waits until another set may be worked on. Nil: the activity should stop.
func (g *gate) enter(ctx context.Context, stopped <-chan struct{}, fixed int) *turn {
	asked := time.Now()
	granted := g.queue(fixed)
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	for {
		select {
		case began := <-granted:
			return &turn{g, began, began.Sub(asked)}
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

// leave ends a set of so many customers.
func (t *turn) leave(customers int) {
	t.gate.mutex.Lock()
	defer t.gate.mutex.Unlock()
	now := time.Now()
	t.gate.active--
	t.gate.adaptive.finished(t.began, now, customers)
	t.gate.grant(now)
}

// limit is how many sets may be worked on at once now.
func (g *gate) limit() int {
	if g.fixed > 0 {
		return g.fixed
	}
	return g.adaptive.limit
}

func (g *gate) queue(fixed int) chan time.Time {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	granted := make(chan time.Time, 1)
	g.fixed = fixed
	g.waiting = append(g.waiting, granted)
	g.grant(time.Now())
	return granted
}

// grant lets as many begin as may.
func (g *gate) grant(now time.Time) {
	for len(g.waiting) > 0 && g.active < g.limit() {
		g.active++
		g.waiting[0] <- now
		g.waiting = g.waiting[1:]
	}
	g.adaptive.changed(now, g.active, len(g.waiting))
}

// lookAgain is for those who wait: nothing may have happened for long.
func (g *gate) lookAgain() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := time.Now()
	g.adaptive.waited(now)
	g.grant(now)
}

// giveUp leaves the queue; a turn that has just been granted goes to the next.
func (g *gate) giveUp(granted chan time.Time) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if place := slices.Index(g.waiting, granted); place >= 0 {
		g.waiting = slices.Delete(g.waiting, place, place+1)
	} else {
		g.active--
	}
	g.grant(time.Now())
}
