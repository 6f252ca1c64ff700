package workflows

import (
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
	for i := range c.processes {
		if c.processes[i].busy {
			return true
		}
	}
	return false
}

// inFlight reports whether anything is under way.
func (c *crew) inFlight() bool { return c.migrating() || c.scanning }

// lockPause is how long a batch with locked rows is let be.
const lockPause = time.Second

// met notes how a batch came back: after one with locked rows all others wait, too.
func (c *crew) met(now time.Time, restReason string) {
	if restReason != activities.RestContention {
		c.contended = 0
		return
	}
	c.pauseUntil = now.Add(lockPause)
	c.contended++
}
