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
	// Refused is how often the row was refused for others' sake, and Alone how often of
	// that nobody was known to be in its way, since AloneSince.
	Refused    int       `json:"refused,omitempty"`
	Alone      int       `json:"alone,omitempty"`
	AloneSince time.Time `json:"alone_since,omitzero"`
}

// A row that is refused for others' sake has the error itself after so many times, over so
// long, in which nobody was known to be in its way: by then another session is gone.
const (
	aloneTries = 10
	aloneTime  = time.Minute
)

// refuse notes that the row was refused, alone in its transaction.
func (c *TroubledCustomer) refuse(now time.Time, refusal activities.Refusal) {
	c.Refused++
	c.Error = refusal.Error
	switch {
	case !refusal.Alone:
		c.Alone = 0 // somebody is there
	case c.Alone == 0:
		c.Alone, c.AloneSince = 1, now
	default:
		c.Alone++
	}
}

// toBlame reports whether the row is refused for its own sake.
func (c *TroubledCustomer) toBlame(now time.Time) bool {
	return c.Alone >= aloneTries && now.Sub(c.AloneSince) >= aloneTime
}

// longestRefused bounds the pause between the tries of rows that are refused for others'
// sake.
const longestRefused = 10 * time.Second

// refusedPause is the pause after the last refusal.
func (c *TroubledCustomer) refusedPause() time.Duration {
	return lockPauseAfter(c.Refused)
}

// lockPauseAfter is the pause after so many refusals.
func lockPauseAfter(refusals int) time.Duration {
	pause := lockPause
	for ; refusals > 1 && pause < longestRefused; refusals-- {
		pause *= 2
	}
	return min(pause, longestRefused)
}

const (
	// laneLimit bounds the lane: beyond it no more batches are handed out.
	laneLimit = 500
	// longestBackOff bounds the pause between a customer's attempts.
	longestBackOff = time.Minute
)

func (l *TroubledLane) full() bool { return len(l.Waiting) >= laneLimit }

// add queues the troubled customers of a batch, which was their first attempt. Those that
// were refused for others' sake have had none, and come again soon.
func (l *TroubledLane) add(found []activities.Troubled, now, due time.Time) {
	for _, customer := range found {
		waiting := TroubledCustomer{Key: customer.Key, Sequence: customer.Sequence, Attempts: 1, Error: customer.Error, Due: due}
		if customer.Alone {
			waiting.Attempts = 0
			waiting.refuse(now, activities.Refusal{Key: customer.Key, Error: customer.Error, Alone: true})
			waiting.Due = now.Add(waiting.refusedPause())
		}
		l.Waiting = append(l.Waiting, waiting)
	}
}

// failed is the first row that waits because of an error of its own; nil: there is none.
func (l *TroubledLane) failed() *TroubledCustomer {
	for i := range l.Waiting {
		if one := &l.Waiting[i]; one.Attempts > 0 && one.Error != "" {
			return one
		}
	}
	return nil
}

// refused is the row of those that wait that was refused for others' sake most often; nil:
// there is none.
func (l *TroubledLane) refused() *TroubledCustomer {
	var worst *TroubledCustomer
	for i := range l.Waiting {
		if one := &l.Waiting[i]; one.Refused > 0 && (worst == nil || one.Refused > worst.Refused) {
			worst = one
		}
	}
	return worst
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
