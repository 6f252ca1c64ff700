package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// attemptPatience is how long an attempt waits for the one before it: that one has been
// called back, and its set ends soon. The ledger would keep them apart, too.
const attemptPatience = 30 * time.Second

// attempts lets the attempts at a batch follow each other in a worker. Temporal begins
// another when it has not heard from one for too long, which may be in the middle of a
// set: what that set has written and not entered yet, the next attempt would take for
// rows that need nothing.
type attempts struct {
	mutex   sync.Mutex
	running map[attempted]chan struct{}
}

// attempted is an activity, whichever attempt at it.
type attempted struct{ run, activity string }

func attemptedBy(ctx context.Context) attempted {
	info := activity.GetInfo(ctx)
	return attempted{info.WorkflowExecution.RunID, info.ActivityID}
}

func newAttempts() *attempts { return &attempts{running: map[attempted]chan struct{}{}} }

// begin waits until no other attempt at the activity is at work here, unless it is told to
// stop, and returns what is to be called when this one has ended.
func (a *attempts) begin(ctx context.Context, stop <-chan struct{}, one attempted) (end func()) {
	patience := time.NewTimer(attemptPatience)
	defer patience.Stop()
	for {
		before := a.enter(one)
		if before == nil {
			return func() { a.leave(one) }
		}
		select {
		case <-before:
		case <-patience.C:
			return func() {}
		case <-stop:
			return func() {}
		case <-ctx.Done():
			return func() {}
		}
	}
}

// enter makes an attempt the one at work, or returns what is closed when the one before
// has ended.
func (a *attempts) enter(one attempted) chan struct{} {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if before := a.running[one]; before != nil {
		return before
	}
	a.running[one] = make(chan struct{})
	return nil
}

func (a *attempts) leave(one attempted) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	close(a.running[one])
	delete(a.running, one)
}
