package activities

import (
	"sync"
	"time"
)

// Bounds of a transaction's size while it is found by time.
const (
	firstTransaction   = 200
	largestTransaction = 1000
	// pieceTime is how long a piece of several transactions may take: a batch
	// stops only between pieces.
	pieceTime = time.Second
)

// transactionSizer finds how many customers may commit together without holding
// their row locks for too long.
type transactionSizer struct {
	// lockTime is how long a transaction may hold its locks.
	lockTime time.Duration

	mutex sync.Mutex
	size  int
}

func newTransactionSizer(lockTime time.Duration) *transactionSizer {
	return &transactionSizer{lockTime: lockTime, size: firstTransaction}
}

// next is the size of the next transaction.
func (s *transactionSizer) next() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.size
}

// observe learns from a transaction: a full one well within the lock time lets
// the size grow, one beyond it halves it.
func (s *transactionSizer) observe(customers int, elapsed time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case elapsed > s.lockTime:
		s.size = max(1, min(s.size, customers)/2)
	case elapsed < s.lockTime/4 && customers*2 >= s.size:
		s.size = min(2*s.size, largestTransaction)
	}
}
