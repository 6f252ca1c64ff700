package anytable

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"db-migrate/activities"
	"db-migrate/workflows"
)

// way is how a migration is run.
type way struct {
	limits workflows.Limits
	// part, if set, runs from the row of one number to that of another; -1: the table's end.
	part     bool
	from, to int
	// file, if set, runs the rows of these numbers by a file of ids.
	file []int
	// workers is how many serve the run.
	workers int
	// disturbances happen at their steps, in their order.
	disturbances []disturbance
	// after is what follows the run.
	after after
}

type after string

const (
	nothing after = "nothing"
	again   after = "a second start"
	reset   after = "a second start with --reset"
	// taken: the site takes marks back, and the second start is with --again.
	taken after = "the site takes marks back, and a second start with --again"
	undo  after = "its undo"
)

// choices are the ways to run that a table leaves.
type choices struct {
	rows    int
	extents []string
	afters  []after
	whats   []what
}

func drawWay(t *rapid.T, from choices) way {
	var w way
	w.limits = workflows.Limits{
		Processes: pick(t, "processes", []int{1, 1, 1, 3}), BatchTime: 5 * time.Second, BatchMax: 1000, FailureLimit: 1000,
		Attempts: 2, RetryInterval: time.Second,
		BatchSize:       pick(t, "batch size", []int{0, 1, 5}),
		TransactionSize: pick(t, "transaction size", []int{0, 1, 4}),
		FetchSize:       pick(t, "fetch size", []int{1000, 2, 7}),
		Closing:         pick(t, "closing", []string{activities.ClosingFull, activities.ClosingFull, activities.ClosingCount, activities.ClosingOff}),
	}
	w.workers = pick(t, "workers", []int{1, 1, 2})
	if rows := from.rows; rows > 0 {
		switch pick(t, "extent", from.extents) {
		case "part":
			w.part = true
			w.from, w.to = rapid.IntRange(-1, rows-1).Draw(t, "from"), rapid.IntRange(-1, rows-1).Draw(t, "to")
		case "file":
			w.file = rapid.SliceOfN(rapid.IntRange(0, rows-1), 1, 6).Draw(t, "file")
		}
	}
	w.disturbances = drawDisturbances(t, from)
	w.after = pick(t, "after", from.afters)
	return w
}

// String is the way as a person could repeat it.
func (w way) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "limits: %+v, workers %d\n", w.limits, w.workers)
	if w.part {
		fmt.Fprintf(&text, "from row %d to row %d\n", w.from, w.to)
	}
	if w.file != nil {
		fmt.Fprintf(&text, "a file of rows %v\n", w.file)
	}
	for _, one := range w.disturbances {
		fmt.Fprintf(&text, "at step %d: %s (row %d)\n", one.step, one.what, one.row)
	}
	fmt.Fprintf(&text, "after: %s\n", w.after)
	return text.String()
}
