package workflows

import (
	"math"
	"time"

	"db-migrate/activities"
)

// Sizing finds how many customers a batch should have, from the time that the
// batches before it took.
type Sizing struct {
	// CustomerTime is how long a process needs for one customer; 0: unknown.
	CustomerTime time.Duration `json:"customer_time,omitempty"`
	// WorkTime is how much of that is work, and not waiting for other batches.
	WorkTime time.Duration `json:"work_time,omitempty"`
	// Largest is the largest batch measured so far: the next may be many
	// times as large, but not boundlessly: its first customers may all have
	// been migrated before.
	Largest int `json:"largest,omitempty"`
	// Least is how many rows a range has at least; nil: one, as in runs from before.
	Least *LeastRange `json:"least,omitempty"`
	// Cadence: under a rate, no more processes than are needed share it, and each spreads
	// the rows of a batch over its time. In runs from before all did, with small batches.
	Cadence bool `json:"cadence,omitempty"`
	// Spread: under a rate, a batch is spread over several batch-times, so that the rate is
	// kept by the batches and not by the clock, and the scanner reads far ahead. That spares
	// the run's history most of its events. Runs from before do none of it.
	Spread bool `json:"spread,omitempty"`
}

// LeastBatch is a batch by time at least: what a batch costs beside its customers
// would else make it smaller, and so dearer, without end. One that takes too long
// stops by itself.
const LeastBatch = 10

const (
	// firstBatch is the size of a batch while nothing is known.
	firstBatch = 20
	growth     = 64
)

// leastShare is the work below which a share of the last rows is not worth an activity
// of its own, for so many processes. An activity costs 10 to 25 ms
// of CPU in Temporal and worker, and when the processes end together, each has one.
// Half a second is bearable where they wait, and cores are idle.
func leastShare(processes int) time.Duration {
	return min(max(time.Duration(processes)*25*time.Millisecond, 100*time.Millisecond), 500*time.Millisecond)
}

// observe learns from a batch. One that needed more than one attempt was too
// large for whatever interrupted it.
func (s *Sizing) observe(result activities.BatchResult, limits Limits) {
	if result.Customers == 0 {
		return
	}
	s.CustomerTime = average(s.CustomerTime, result.Elapsed, result.Customers)
	s.WorkTime = average(s.WorkTime, result.Elapsed-result.Waited, result.Customers)
	if result.Attempt > 1 {
		s.CustomerTime *= 2
		s.WorkTime *= 2
	}
	s.Largest = max(s.Largest, result.Customers)
	if limits.BatchSize == 0 {
		s.Least.observe(result, s.byTime(limits)/4, s.work())
	}
}

// average is what is known of the time for one customer (0: nothing), and of a batch
// of so many as much again.
func average(known, elapsed time.Duration, customers int) time.Duration {
	measured := max(elapsed/time.Duration(customers), 1)
	if known == 0 {
		return measured
	}
	return (known + measured) / 2
}

// batch is how many customers a batch should have.
func (s *Sizing) batch(limits Limits) int {
	if limits.BatchSize > 0 {
		return limits.BatchSize
	}
	size := max(s.byTime(limits), s.Least.rows())
	if limits.Rate > 0 {
		size = min(size, int(s.share(limits)*s.lasting(limits).Seconds()))
	}
	return max(1, min(size, limits.BatchMax))
}

// changeCadence is since when batches have one, and changeSpread since when they are spread
// over several batch-times.
const (
	changeCadence = "cadence"
	changeSpread  = "spread"
)

const (
	// spare is how many more processes are counted on than would do at their very best.
	spare = 1.25
	// quicker is how much quicker than its share of the rate a batch is: the pace of the
	// run holds the rate, and a batch that ends late would fall behind it.
	quicker = 1.1
)

// processes is how many of them have work at once: all, or as few as keep up the rate.
func (s *Sizing) processes(limits Limits) int {
	if !s.Cadence || limits.Rate == 0 {
		return limits.Processes
	}
	needed := math.Ceil(limits.Rate * s.work().Seconds() * spare)
	return int(max(1, min(needed, float64(limits.Processes))))
}

// cadence is how many rows a second a batch of so many should do, so that it takes no
// longer than a batch should; 0: as many as it can.
func (s *Sizing) cadence(limits Limits, customers int) float64 {
	if !s.Cadence || limits.Rate == 0 {
		return 0
	}
	return quicker * max(s.share(limits), float64(customers)/limits.BatchTime.Seconds())
}

const (
	// batchTimes is how many batch-times a batch lasts that has a rate. What is asked for
	// meanwhile need not wait for its end: it is called back.
	batchTimes = 4
	// leastSpread is the part of a process's share of the rate that is worth a batch.
	leastSpread = 0.1
	// scanAhead is how long the rows in the buffer last; they are mostAhead rows, or
	// batchesAhead batches, at most: a page's ranges are of the size that suits now.
	scanAhead    = 2 * time.Minute
	mostAhead    = 100_000
	batchesAhead = 10
)

// spreads reports whether batches last long for the rate's sake: those of a size that was
// asked for have it.
func (s *Sizing) spreads(limits Limits) bool {
	return s.Spread && limits.Rate > 0 && limits.BatchSize == 0
}

// lasting is how long a batch lasts: it is spread over that time where there is a rate.
func (s *Sizing) lasting(limits Limits) time.Duration {
	if s.spreads(limits) {
		return batchTimes * limits.BatchTime
	}
	return limits.BatchTime
}

// share is how many rows a second a process does, where as many are at work as keep up
// the rate.
func (s *Sizing) share(limits Limits) float64 { return limits.Rate / float64(s.processes(limits)) }

// byTime is how many rows are worked through in a batch's time.
func (s *Sizing) byTime(limits Limits) int {
	if s.CustomerTime == 0 {
		return firstBatch
	}
	size := int(limits.BatchTime / s.CustomerTime)
	size = min(size, growth*max(s.Largest, firstBatch))
	return max(size, limits.BatchMin)
}

// batchTime is how long a batch will take.
func (s *Sizing) batchTime(limits Limits) time.Duration {
	return min(time.Duration(s.batch(limits))*s.CustomerTime, limits.BatchTime)
}

// within bounds the size of a batch that should take no longer than this.
func (s *Sizing) within(size int, left time.Duration) int {
	if s.CustomerTime == 0 {
		return size
	}
	return max(1, min(size, int(left/s.CustomerTime)))
}

// rangeSize is how many customers a range should have.
func (s *Sizing) rangeSize(limits Limits) int {
	if limits.BatchSize > 0 {
		return limits.BatchSize
	}
	if s.CustomerTime == 0 {
		return s.batch(limits) // transactions don't span ranges: small ones would be slow to begin with
	}
	batch := s.batch(limits)
	return max(1, batch/4, min(s.Least.rows(), batch))
}

// lastRangeSize is rangeSize for a page of so many customers, where so many are left
// to scan by the estimate. The last page comes in ranges that take no longer than the
// least share: the processes finish together. An estimate that is off by more than a
// page tells nothing.
func (s *Sizing) lastRangeSize(limits Limits, left int64, page int) int {
	size := s.rangeSize(limits)
	if limits.BatchSize > 0 || s.CustomerTime == 0 || left > int64(page) || left < -int64(page) {
		return size
	}
	return max(1, min(size, int(leastShare(limits.Processes)/s.work())))
}

// lastBatch is the size of a batch once the scan has ended: what is left, divided
// so that the processes finish together.
func (s *Sizing) lastBatch(limits Limits, left int) int {
	size := s.batch(limits)
	if limits.BatchSize > 0 || s.CustomerTime == 0 {
		return size
	}
	share := max(left/(2*s.processes(limits)), int(leastShare(limits.Processes)/s.work()))
	return max(1, min(size, share))
}

// work is how much work a customer is; unknown in a run from before it was measured.
func (s *Sizing) work() time.Duration {
	if s.WorkTime == 0 {
		return s.CustomerTime
	}
	return s.WorkTime
}

// lookAhead is how many customers a process should find in the buffer at least.
const lookAhead = 10

// capacity is how many customers the buffer may hold: two batches for each
// process, so that one is there while the next page is read.
func (s *Sizing) capacity(limits Limits) int {
	if limits.BlockSize > 0 {
		return limits.BlockSize
	}
	least := s.processes(limits) * max(2*s.batch(limits), lookAhead)
	if s.spreads(limits) {
		return max(least, min(int(limits.Rate*scanAhead.Seconds()), mostAhead, batchesAhead*s.batch(limits)))
	}
	return least
}
