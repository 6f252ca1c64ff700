package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
)

const (
	// smallRange is a range of so few rows that what a set costs beside its rows may matter.
	smallRange = 100
	// cheaper is the share of a row's time at which twice as large a range is worth
	// keeping: above it, more than half of a set's time is its rows'.
	cheaper = 0.75
	// dearer is how often the time of a row may be what it was when the least range was
	// found, before that is forgotten.
	dearer = 2
	// trialPause is how many batches there are after a trial that was in vain.
	trialPause = 16
)

// LeastRange finds how many rows a range has at least. What a set costs beside its rows,
// such as the ways to a database that is busy, does not get less with them: where that
// takes as long as a batch should, batches by time would become smaller, and so dearer,
// without end. So twice as many rows are tried as long as that makes each much cheaper.
type LeastRange struct {
	// Rows is what has been found, and FoundTime what a row took then; 0: nothing.
	Rows      int           `json:"rows,omitempty"`
	FoundTime time.Duration `json:"found_time,omitempty"`
	// Trial is how many rows are tried, and Before what a row took until then; 0: no trial.
	Trial  int           `json:"trial,omitempty"`
	Before time.Duration `json:"before,omitempty"`
	// Pause is how many batches there are until the next trial.
	Pause int `json:"pause,omitempty"`
}

// changeLeastRange is since when the least range is found.
const changeLeastRange = "least range"

// newLeastRange is nil for a run that has begun before the least range was found.
func newLeastRange(ctx workflow.Context) *LeastRange {
	if workflow.GetVersion(ctx, changeLeastRange, workflow.DefaultVersion, 1) != 1 {
		return nil
	}
	return &LeastRange{}
}

// rows is how many rows a range has at least now.
func (l *LeastRange) rows() int {
	if l == nil {
		return 0
	}
	return max(l.Rows, l.Trial)
}

// observe learns from a batch: byTime is the size of ranges that follows from the time
// of a row alone, and known that time.
func (l *LeastRange) observe(result activities.BatchResult, byTime int, known time.Duration) {
	if l == nil || result.Attempt > 1 {
		return
	}
	if l.Trial > 0 {
		l.judge(result, byTime)
		return
	}
	l.Pause = max(0, l.Pause-1)
	if l.Rows > 0 && known > dearer*l.FoundTime {
		l.Rows = 0
	}
	present := max(byTime, l.Rows)
	if l.Pause == 0 && (present < smallRange || byTime < l.Rows) && hadRanges(result, present) && !hadRanges(result, 2*present) {
		l.Trial, l.Before = 2*present, rowTime(result)
	}
}

// hadRanges reports whether a batch's ranges had about so many rows or more: others are
// from before.
func hadRanges(result activities.BatchResult, rows int) bool {
	return result.Customers*4 >= 3*rows*max(1, len(result.Ranges))
}

func rowTime(result activities.BatchResult) time.Duration {
	return average(0, result.Elapsed-result.Waited, result.Customers)
}

// judge keeps a trial, and goes on with the next, if its rows were much cheaper.
func (l *LeastRange) judge(result activities.BatchResult, byTime int) {
	if !hadRanges(result, l.Trial) {
		return
	}
	took := rowTime(result)
	if float64(took) > cheaper*float64(l.Before) {
		l.Trial, l.Pause = 0, trialPause
		return
	}
	*l = LeastRange{Rows: l.Trial, FoundTime: took}
	if byTime < l.Rows {
		l.Trial, l.Before = 2*l.Rows, took
	}
}
