package throttle

import (
	"slices"
	"time"
)

const (
	// firstLimit is how many sets are worked on at once to begin with.
	firstLimit = 2
	// worthMore is the gain in customers a second for which twice as many sets are
	// worth their cost to the site, and enough is what half of them must keep.
	worthMore = 1.10
	enough    = 0.95
	// windowTime and windowSets are what a rate rests on, and at least a set for each
	// that may be at work. A try is over in half the time if it is that clear, and
	// takes twice the time if it is not.
	windowTime = 150 * time.Millisecond
	windowSets = 4
	clarity    = 1.2
	// newShare is how much of the base's rate is what was seen last: a pause of the
	// database's in one window must not make any other number look better.
	newShare = 0.3
	// busyShare is how much of a limit must be in use for it to be the limit.
	busyShare = 0.75
	// firstRest is how long a limit is kept for which neither more nor fewer are
	// better, before both are tried again; it doubles up to longestRest.
	firstRest   = time.Second
	longestRest = time.Minute
	// patience is after how long without a finished set others may begin: sets that
	// long wait for something, as databases that work keep them short.
	patience = 400 * time.Millisecond
)

// adaptiveLimit finds the fewest sets at once that do as much as more of them. It
// compares the customers a second of a limit with those of twice and of half as
// many, and knows neither clocks nor databases.
type adaptiveLimit struct {
	// limit is how many sets may be at work now, base the best one known, and rate
	// the customers a second with it.
	limit, base int
	rate        float64
	// direction is where a try has gone (0: none is under way), next where the next
	// one goes, and failed how many in a row have found nothing better.
	direction, next, failed int
	// rest is how long to keep the base after two of them, until when that is over.
	rest  time.Duration
	until time.Time
	// largest is about how many customers the largest set has had.
	largest int
	window
}

// window is what was seen since the limit changed.
type window struct {
	began time.Time
	// speeds are the customers a second of each set that began and ended in it.
	speeds []float64
	// demand is the most sets that were under way or waited, at once; worked is
	// the time of all that were at work, active of them since last.
	demand, active int
	worked         time.Duration
	last           time.Time
	// answered is when a set has ended last.
	answered time.Time
}

func newAdaptiveLimit(now time.Time) *adaptiveLimit {
	return &adaptiveLimit{limit: firstLimit, base: firstLimit, next: +1, rest: firstRest, window: windowFrom(now, 0)}
}

func windowFrom(now time.Time, active int) window {
	return window{began: now, last: now, answered: now, active: active}
}

// changed notes how many sets are at work, and how many wait.
func (a *adaptiveLimit) changed(now time.Time, active, waiting int) {
	a.worked += time.Duration(a.active) * now.Sub(a.last)
	a.last, a.active = now, active
	a.demand = max(a.demand, active+waiting)
}

// finished learns from a set of so many customers, and may move the limit.
func (a *adaptiveLimit) finished(began, now time.Time, customers int) {
	a.answered = now
	if customers == 0 || began.Before(a.began) {
		return
	}
	if a.grown(customers) {
		a.rate = 0
		a.settle(now)
		return
	}
	a.speeds = append(a.speeds, float64(customers)/max(now.Sub(began), time.Microsecond).Seconds())
	if len(a.speeds) < max(windowSets, a.limit) {
		return
	}
	elapsed := now.Sub(a.began)
	active := float64(a.worked) / float64(elapsed)
	rate := active * median(a.speeds)
	switch {
	case a.undecided(elapsed, rate):
	case active < busyShare*float64(a.limit):
		a.settle(now) // something else is the limit
	default:
		a.judge(now, rate)
	}
}

// undecided reports whether a rate is to be looked at for longer.
func (a *adaptiveLimit) undecided(elapsed time.Duration, rate float64) bool {
	if a.direction == 0 {
		return elapsed < windowTime
	}
	share := rate / a.wanted()
	return elapsed < windowTime/2 || elapsed < 2*windowTime && share > 1/clarity && share < clarity
}

// wanted are the customers a second for which a try becomes the base.
func (a *adaptiveLimit) wanted() float64 {
	if a.direction > 0 {
		return worthMore * a.rate
	}
	return enough * a.rate
}

// grown reports whether sets have become larger by a quarter at least: more customers
// a second are no merit of a limit then.
func (a *adaptiveLimit) grown(customers int) bool {
	before := a.largest
	if 4*customers < 5*before {
		return false
	}
	a.largest = customers
	return before > 0
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// judge decides by a window's customers a second.
func (a *adaptiveLimit) judge(now time.Time, rate float64) {
	switch {
	case a.direction == 0 && a.rate > 0:
		a.rate += newShare * (rate - a.rate)
	case a.direction == 0:
		a.rate = rate
	case rate >= a.wanted():
		a.base, a.rate, a.failed, a.rest = a.limit, rate, 0, firstRest
	default:
		a.fail(now)
		return
	}
	a.try(now)
}

// fail ends a try for nothing.
func (a *adaptiveLimit) fail(now time.Time) {
	a.next = -a.direction
	if a.failed++; a.failed >= 2 {
		a.failed, a.until = 0, now.Add(a.rest)
		a.rest = min(2*a.rest, longestRest)
	}
	a.settle(now)
}

// settle goes back to the base, whose rate is then measured anew.
func (a *adaptiveLimit) settle(now time.Time) {
	a.direction = 0
	a.set(now, a.base)
}

// try tries twice as many, or half, if it is time.
func (a *adaptiveLimit) try(now time.Time) {
	a.direction = 0
	candidate := a.base
	if !now.Before(a.until) {
		if candidate = a.candidate(a.next); candidate == a.base {
			a.next = -a.next
			candidate = a.candidate(a.next)
		}
	}
	if candidate != a.base {
		a.direction = a.next
	}
	a.set(now, candidate)
}

func (a *adaptiveLimit) candidate(direction int) int {
	if direction > 0 {
		return max(a.base, min(2*a.base, a.demand))
	}
	return max(1, a.base/2)
}

// set begins a window with a limit.
func (a *adaptiveLimit) set(now time.Time, limit int) {
	a.limit = limit
	a.window = windowFrom(now, a.active)
}

// waited lets more begin where none has ended for long.
func (a *adaptiveLimit) waited(now time.Time) {
	if now.Sub(a.answered) < patience || a.demand <= a.limit {
		return
	}
	a.base = min(2*a.limit, a.demand)
	a.rate, a.next, a.failed, a.until = 0, -1, 0, now
	a.settle(now)
}
