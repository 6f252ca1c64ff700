package throttle

import "time"

// Room is how much of the database work may take now.
type Room struct {
	// Share is the part of the time, from 0 to 1, in which a set may be at work.
	Share float64
	// Narrow: others are at the database, so there is one set at a time.
	Narrow bool
}

const (
	// longestPause bounds the rest after one set, however long that was: the room is asked
	// again by then.
	longestPause = 5 * time.Second
	// askAgain is how often the room is asked while work rests.
	askAgain = 50 * time.Millisecond
)

// Pause is how long to rest after work of that length, so that work takes its share of
// the time. At 0 it is as long as a rest may be.
func (r Room) Pause(worked time.Duration) time.Duration {
	switch {
	case r.Share >= 1:
		return 0
	case r.Share <= 0:
		return longestPause
	}
	return min(time.Duration(float64(worked)*(1/r.Share-1)), longestPause)
}

// roomKeeper holds the gate to the room that there is. It is guarded by the gate's lock.
type roomKeeper struct {
	ask    func() Room
	now    Room
	narrow bool
	// worked is how long the last set was at work, until ended.
	worked time.Duration
	until  time.Time
	timer  *time.Timer
}

// look asks for the room, and reports whether work has become narrow or wide by it.
func (r *roomKeeper) look() bool {
	before := r.narrow
	r.now = Room{Share: 1}
	if r.ask != nil {
		r.now = r.ask()
	}
	r.narrow = r.now.Narrow || r.now.Share < 1
	return before != r.narrow
}

// ended notes that a set was at work, and reports whether there is anything to learn of
// it: the speed of one that had to make room is no measure.
func (r *roomKeeper) ended(began, now time.Time) bool {
	r.worked, r.until = now.Sub(began), now
	return !r.narrow
}

// rest is how long the next set has to wait; 0: it may begin.
func (r *roomKeeper) rest(now time.Time) time.Duration {
	switch {
	case r.ask == nil || r.now.Share >= 1:
		return 0
	case r.now.Share <= 0:
		return askAgain
	}
	return r.until.Add(r.now.Pause(r.worked)).Sub(now)
}

// later looks again after a rest, and asks for the room before that if it is long.
func (r *roomKeeper) later(rest time.Duration, look func()) {
	rest = min(rest, askAgain)
	if r.timer == nil {
		r.timer = time.AfterFunc(rest, look)
		return
	}
	r.timer.Reset(rest)
}
