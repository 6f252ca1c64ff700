package workflows

import (
	"time"

	"db-migrate/activities"
	"db-migrate/database"
)

// Pace holds a global rate: customers a second over all processes and workers.
type Pace struct {
	// Rate is customers a second; 0: unlimited.
	Rate float64 `json:"rate,omitempty"`
	// Free is when the next batch may be handed out.
	Free time.Time `json:"free"`
}

// catchUp is how far behind its schedule the pace may be and still make up for
// it: workflow tasks come a little late.
const catchUp = 2 * time.Second

// allows reports whether a batch may be handed out.
func (p *Pace) allows(now time.Time) bool { return p.Rate == 0 || !now.Before(p.Free) }

// spend books customers that are handed out.
func (p *Pace) spend(now time.Time, customers int) {
	if p.Rate == 0 {
		return
	}
	if late := now.Add(-catchUp); p.Free.Before(late) {
		p.Free = late
	}
	p.Free = p.Free.Add(p.span(customers))
}

// refund gives back customers that were not reached.
func (p *Pace) refund(rest []database.Range) { p.refundRows(countCustomers(rest)) }

// refundUnwritten gives back rows of a batch that were left as they are: the rate is
// that of rows written.
func (p *Pace) refundUnwritten(ranges []activities.RangeCounts) {
	rows := 0
	for _, counts := range ranges {
		rows += counts.Unwritten()
	}
	p.refundRows(rows)
}

func (p *Pace) refundRows(rows int) {
	if p.Rate > 0 {
		p.Free = p.Free.Add(-p.span(rows))
	}
}

func (p *Pace) span(customers int) time.Duration {
	return time.Duration(float64(customers) / p.Rate * float64(time.Second))
}

// change sets another rate. What was handed out ahead of the schedule stays so.
func (p *Pace) change(now time.Time, rate float64) {
	ahead := time.Duration(0)
	if p.Rate > 0 && rate > 0 {
		ahead = time.Duration(float64(max(0, p.Free.Sub(now))) * p.Rate / rate)
	}
	p.Rate, p.Free = rate, now.Add(ahead)
}

// begin starts the schedule anew, without credit for the time before.
func (p *Pace) begin(now time.Time) {
	if p.Free.Before(now) {
		p.Free = now
	}
}
