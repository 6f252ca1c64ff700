package workflows

import (
	"math"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// crew is who works for a run: its processes and its scanner.
type crew struct {
	processes []process
	// scanning: the scanner has an activity under way.
	scanning bool
	// working is the context of running activities; cancel calls them back.
	root, working workflow.Context
	cancel        workflow.CancelFunc
	// pauseUntil lets locked rows be for a moment, and contended is how many batches in a
	// row have met such rows.
	pauseUntil time.Time
	contended  int
	// locked is what the last has met, and alone how many of the last ones, since then,
	// have met rows in whose way nobody is known to be.
	since  time.Time
	locked Locked
	alone  int
}

// process runs one activity at a time, as one of the original's processes did.
type process struct {
	number int
	busy   bool
	since  time.Time
	// ranges and customers are those of the batch in hand, customer the
	// troubled customer.
	ranges    []database.Range
	customers int
	customer  *TroubledCustomer
	// rate is at how many rows a second the batch is spread; 0: at none.
	rate float64
}

// renew makes the context of the activities to come.
func (c *crew) renew() { c.working, c.cancel = workflow.WithCancel(c.root) }

// recall calls back the activities that run.
func (c *crew) recall() {
	c.cancel()
	c.renew()
}

// migrating reports whether a process is at work.
func (c *crew) migrating() bool {
	return slices.ContainsFunc(c.processes, func(one process) bool { return one.busy })
}

// rate is how many rows a second the batches in hand write; without end, if one has no
// rate.
func (c *crew) rate() (rate float64) {
	for i := range c.processes {
		switch one := c.processes[i]; {
		case !one.busy || one.customer != nil:
		case one.rate == 0:
			return math.Inf(1)
		default:
			rate += one.rate
		}
	}
	return rate
}

// inFlight reports whether anything is under way.
func (c *crew) inFlight() bool { return c.migrating() || c.scanning }

// lockPause is how long a batch with locked rows is let be.
const lockPause = time.Second

// Locked is what a batch has met whose rows are locked.
type Locked struct {
	// Key is that of one of them; nil: it is not known.
	Key database.Key `json:"key,omitempty"`
	// Error is what the database has said.
	Error string `json:"error,omitempty"`
	// Alone: nobody is known to be in the rows' way.
	Alone bool `json:"alone,omitempty"`
	// Tries is how often a row on its own was refused so.
	Tries int `json:"tries,omitempty"`
}

// met notes how a batch came back: after one with locked rows all others wait, too.
func (c *crew) met(now time.Time, result activities.BatchResult) {
	if result.RestReason != activities.RestContention {
		c.contended, c.alone, c.locked = 0, 0, Locked{}
		return
	}
	c.contended++
	c.locked = Locked{Error: result.Failure, Alone: result.Alone}
	if len(result.Locked) > 0 {
		one := result.Locked[0]
		c.locked.Key, c.locked.Error = one.Key, one.Error
	}
	switch {
	case !result.Alone || result.Customers > 0:
		c.alone = 0
	case c.alone == 0:
		c.alone, c.since = 1, now
	default:
		c.alone++
	}
	c.pauseUntil = now.Add(lockPauseAfter(c.alone))
}

// lockedByNobody reports whether batches have come back often enough, with nothing done,
// whose rows are all refused though nobody is known to be in their way.
func (c *crew) lockedByNobody(now time.Time) bool {
	if c.alone < aloneTries || now.Sub(c.since) < aloneTime {
		return false
	}
	c.alone = 0
	return true
}
