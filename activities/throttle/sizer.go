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

// Sizer finds how many rows may commit together without holding their row
// locks for too long. It may be used by several goroutines.
type Sizer struct {
	// lockTime is how long a transaction may hold its locks.
	lockTime time.Duration

	mutex sync.Mutex
	size  int
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
// the size grow, one beyond it halves it.
func (s *Sizer) Observe(rows int, elapsed time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case elapsed > s.lockTime:
		s.size = max(1, min(s.size, rows)/2)
	case elapsed < s.lockTime/4 && rows*2 >= s.size:
		s.size = min(2*s.size, largestTransaction)
	}
}
