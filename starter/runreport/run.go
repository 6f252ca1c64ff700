package runreport

import (
	"time"

	"db-migrate/database"
	"db-migrate/workflows"
)

// Run is what a page tells of a run.
type Run struct {
	Name, Environment, WorkflowID string
	// Rows are what its rows are called, and Phase how it is, or how it has ended; Reason
	// says why.
	Rows, Phase, Reason string
	StartedBy           string
	// Started is when the overseer began, and Ended when it ended; while it runs, when the
	// page was made.
	Started, Ended time.Time
	// Summary has the totals at the end; nil: the run goes on, or was ended from outside.
	Summary *workflows.Summary
	Batches []Batch
	// Attempts counts what was done by kind of activity.
	Attempts []Attempts
	Letters  []database.DeadLetter
	Asked    []Asked
	// Errors are those that attempts have failed with, the most frequent first.
	Errors []Error
	// Parts is how many times the overseer continued as new, and one.
	Parts int
}

// Batch is a batch that has ended.
type Batch struct {
	Ended time.Time
	// Rows were accounted for in Elapsed.
	Rows    int
	Elapsed time.Duration
	// Share is how much of the database the work had at its end, from 0 to 1; below 0: the
	// guard was off. Held says why it had less.
	Share float64
	Held  string
}

// Attempts counts the activities of a kind: how many have ended, how many attempts they
// took, and how long all of them were at work.
type Attempts struct {
	Kind            string
	Ended, Attempts int
	Time            time.Duration
}

// Asked is what somebody has asked the run for, or what happened to it as a whole.
type Asked struct {
	At       time.Time
	What, By string
}

// Error is one that attempts have failed with.
type Error struct {
	Text  string
	Times int
	Last  time.Time
}

// Done is how many rows the batches have accounted for.
func (r Run) Done() (rows int) {
	for _, batch := range r.Batches {
		rows += batch.Rows
	}
	return rows
}
