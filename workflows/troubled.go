package workflows

import (
	"time"

	"db-migrate/activities"
	"db-migrate/database"
)

// TroubledLane holds customers whose own error kept them from being migrated,
// until they have been tried again on their own.
type TroubledLane struct {
	Waiting []TroubledCustomer `json:"waiting,omitempty"`
}

// TroubledCustomer waits for its next attempt.
type TroubledCustomer struct {
	Key      database.Key `json:"key"`
	Sequence int64        `json:"sequence"`
	Attempts int          `json:"attempts"`
	Error    string       `json:"error"`
	Due      time.Time    `json:"due"`
}

const (
	// laneLimit bounds the lane: beyond it no more batches are handed out.
	laneLimit = 500
	// longestBackOff bounds the pause between a customer's attempts.
	longestBackOff = time.Minute
)

func (l *TroubledLane) full() bool { return len(l.Waiting) >= laneLimit }

// add queues the troubled customers of a batch, which was their first attempt.
func (l *TroubledLane) add(found []activities.Troubled, due time.Time) {
	for _, customer := range found {
		l.Waiting = append(l.Waiting, TroubledCustomer{Key: customer.Key, Sequence: customer.Sequence, Attempts: 1, Error: customer.Error, Due: due})
	}
}

// take takes the customer who is due first, if one is due.
func (l *TroubledLane) take(now time.Time) (TroubledCustomer, bool) {
	first := l.first()
	if first < 0 || l.Waiting[first].Due.After(now) {
		return TroubledCustomer{}, false
	}
	customer := l.Waiting[first]
	l.Waiting = append(append([]TroubledCustomer{}, l.Waiting[:first]...), l.Waiting[first+1:]...)
	return customer, true
}

// due is when the next customer is due; zero: none waits.
func (l *TroubledLane) due() time.Time {
	if first := l.first(); first >= 0 {
		return l.Waiting[first].Due
	}
	return time.Time{}
}

func (l *TroubledLane) first() int {
	first := -1
	for i, customer := range l.Waiting {
		if first < 0 || customer.Due.Before(l.Waiting[first].Due) {
			first = i
		}
	}
	return first
}

// backOff is the pause after so many attempts.
func backOff(limits Limits, attempts int) time.Duration {
	pause := limits.RetryInterval
	for ; attempts > 1 && pause < longestBackOff; attempts-- {
		pause *= 2
	}
	return min(pause, longestBackOff)
}
