package activities

import (
	"context"
	"time"

	"db-migrate/database"
)

// cadence lets a batch write its rows over time, and not all at once.
type cadence struct {
	// rate is rows a second; 0: as many as there can be.
	rate  float64
	begun time.Time
	// from is how many rows had been written then.
	from   int
	waited time.Duration
}

// setTime is how long a set lasts at a rate, so that the site meets small ones.
const setTime = 250 * time.Millisecond

// catchUp is how far behind its time the work may be, and still make up for it: after a
// longer stop, of the worker or for the site's sake, the rate holds from then on.
const catchUp = time.Second

func newCadence(rate float64, written int) cadence {
	return cadence{rate: rate, begun: time.Now(), from: written}
}

// limit is a size of sets, made smaller by the rate.
func (c *cadence) limit(size int) int {
	if c.rate == 0 {
		return size
	}
	return min(size, max(1, int(c.rate*setTime.Seconds())))
}

// await waits until the next row is due after those that are written, or the activity
// should stop.
func (c *cadence) await(ctx context.Context, written func() int) {
	if c.rate == 0 {
		return
	}
	began := time.Now()
	span := time.Duration(float64(written()-c.from) / c.rate * float64(time.Second))
	if latest := began.Add(-catchUp).Add(-span); c.begun.Before(latest) {
		c.begun = latest
	}
	due := c.begun.Add(span)
	for stopping(ctx) == "" {
		rest := time.Until(due)
		if rest <= 0 {
			break
		}
		_ = database.Sleep(ctx, min(rest, pauseStep)) // its end is seen above
	}
	c.waited += time.Since(began)
}
