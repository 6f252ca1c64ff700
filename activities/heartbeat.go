package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"db-migrate/activities/settle"
	"db-migrate/database"
	"db-migrate/siteguard"
)

// Progress is how far a batch has come. It is the heartbeat's details: a later
// attempt goes on from it, and the status board shows it.
type Progress struct {
	Process int `json:"process"`
	// Index is the range being worked on, and the position how far it is accounted for.
	Index int `json:"index"`
	settle.Position
	// Ranges counts the ranges that are finished, Current the one at Index.
	Ranges   []RangeCounts `json:"ranges,omitempty"`
	Current  Counts        `json:"current"`
	Troubled []Troubled    `json:"troubled,omitempty"`
	Refused  []Troubled    `json:"refused,omitempty"`
	// Customers are accounted for, of about Of.
	Customers int `json:"customers"`
	Of        int `json:"of"`
	// Doing is checking or migrating, Key the customer in hand.
	Doing string       `json:"doing,omitempty"`
	Key   database.Key `json:"key,omitempty"`
	// Beside is how the work fares beside the site.
	Beside *Beside `json:"beside,omitempty"`
}

// split parts a batch's ranges into what is accounted for and what is not. inHand: the
// range at Index may have been worked on behind that; behind: so may those after it.
func (p Progress) split(ranges []database.Range, inHand, behind bool) (done []RangeCounts, rest []database.Range) {
	if p.Index >= len(ranges) {
		return p.Ranges, nil
	}
	current := ranges[p.Index]
	done = append(p.Ranges, RangeCounts{current.Sequence, p.Current})
	if !current.Explicit() || p.Taken < len(current.Keys) { // a list without keys would be the whole table
		current.Worked = current.Worked || inHand
		current.Customers = max(1, current.Customers-p.Current.Total())
		rest = append(rest, p.Rest(current))
	}
	for _, part := range ranges[p.Index+1:] {
		part.Worked = part.Worked || behind
		rest = append(rest, part)
	}
	return done, rest
}

// Lost is what a batch of these ranges came to whose attempt was lost, by the last that was
// heard of it. All of the rest may have been worked on. False: it was heard of others.
func (p Progress) Lost(ranges []database.Range) (BatchResult, bool) {
	if !p.isOf(ranges) {
		return BatchResult{}, false
	}
	done, rest := p.split(ranges, true, true)
	return BatchResult{Ranges: done, Troubled: p.Troubled, Refused: p.Refused, Rest: rest}, true
}

// isOf reports whether this is the progress of a batch of these ranges.
func (p Progress) isOf(ranges []database.Range) bool {
	if p.Of != customersIn(ranges) || p.Index > len(ranges) || p.Index != len(p.Ranges) {
		return false
	}
	for i, counts := range p.Ranges {
		if counts.Sequence != ranges[i].Sequence {
			return false
		}
	}
	return true
}

func customersIn(ranges []database.Range) (customers int) {
	for _, part := range ranges {
		customers += part.Customers
	}
	return customers
}

// What an activity is doing with the customers in hand.
const (
	DoingChecking  = settle.DoingChecking
	DoingMigrating = settle.DoingMigrating
)

// beatInterval bounds how often an activity calls the SDK: each call costs,
// and the SDK sends only one in a throttle interval anyway.
const beatInterval = 100 * time.Millisecond

// heart beats with the newest progress until it is stopped.
type heart struct {
	guard    *siteguard.Guard
	mutex    sync.Mutex
	progress Progress
	changed  bool
	stopped  chan struct{}
	done     sync.WaitGroup
}

// startHeart beats in the background: the database's statements are shorter
// than the heartbeat timeout, and a frozen or killed worker doesn't beat.
func startHeart(ctx context.Context, progress Progress, guard *siteguard.Guard) *heart {
	h := &heart{guard: guard, progress: progress, changed: true, stopped: make(chan struct{})}
	h.done.Add(1)
	go h.run(ctx)
	return h
}

func (h *heart) run(ctx context.Context) {
	defer h.done.Done()
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	for idle := 0; ; idle++ {
		select {
		case <-h.stopped:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
			if h.beat(ctx, idle%10 == 9) {
				idle = 0
			}
		}
	}
}

// beat sends the progress if it is new, or if it must be sent anyway to show
// that the activity is alive.
func (h *heart) beat(ctx context.Context, anyway bool) bool {
	h.mutex.Lock()
	changed, progress := h.changed, h.progress
	h.changed = false
	h.mutex.Unlock()
	if changed || anyway {
		progress.Beside = besideOf(h.guard)
		activity.RecordHeartbeat(ctx, progress)
	}
	if h.guard.ShouldHear() {
		go hear(ctx, h.guard)
	}
	return changed
}

// update changes the progress. The slices in it are only ever appended to, by
// the activity's own goroutine, so that a beat may read what it has copied.
func (h *heart) update(change func(*Progress)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	change(&h.progress)
	h.changed = true
}

func (h *heart) stop() {
	close(h.stopped)
	h.done.Wait()
}
