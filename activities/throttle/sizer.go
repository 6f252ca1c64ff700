package throttle

import (
	"sync"
	"time"
)

// Bounds of a transaction's size while it is found by time.
const (
	firstTransaction   = 200
	largestTransaction = 1000
)

const (
	// dearer is how many times as long a row takes in half as large a transaction, where
	// more than half of its time was not the rows': to halve it is then in vain.
	dearer = 1.5
	// vainPause is how many transactions there are before it is halved again.
	vainPause = 64
)

// Sizer finds how many rows may commit together without holding their row
// locks for too long. It may be used by several goroutines.
type Sizer struct {
	// lockTime is how long a transaction may hold its locks.
	lockTime time.Duration

	mutex sync.Mutex
	size  int
	// before is what a row took when the size was last halved; 0: it was not, since a
	// transaction was in time.
	before time.Duration
	// pause is how many transactions there are until the size may be halved again.
	pause int
}

// NewSizer returns one for transactions that may hold their locks so long.
func NewSizer(lockTime time.Duration) *Sizer {
	return &Sizer{lockTime: lockTime, size: firstTransaction}
}

// Next is the size of the next transaction.
func (s *Sizer) Next() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.size
}

// Observe learns from a transaction: a full one well within the lock time lets
// the size grow, one beyond it halves it. One from before the size was halved tells
// nothing.
func (s *Sizer) Observe(rows int, elapsed time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case rows > s.size || rows < 1:
	case elapsed > s.lockTime:
		s.tooLong(rows, elapsed)
	case elapsed < s.lockTime/4 && rows*2 >= s.size:
		s.size, s.before = min(2*s.size, largestTransaction), 0
	default:
		s.before = 0
	}
}

// Interrupted learns from rows that could not be worked through together in time.
func (s *Sizer) Interrupted(rows int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.size, s.before, s.pause = max(1, min(s.size, rows)/2), 0, 0
}

// tooLong halves the size, or takes that back, where it was in vain: a server that is
// busy answers no sooner when it is asked for less, and a row in each transaction would
// make the run as slow as it can be.
func (s *Sizer) tooLong(rows int, elapsed time.Duration) {
	rowTime := elapsed / time.Duration(rows)
	switch {
	case s.before > 0 && float64(rowTime) > dearer*float64(s.before):
		s.size, s.before, s.pause = min(2*s.size, largestTransaction), 0, vainPause
	case s.pause > 0:
		s.pause--
	default:
		s.size, s.before = max(1, rows/2), max(1, rowTime)
	}
}
