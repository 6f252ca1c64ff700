package database

import (
	"context"
	"time"
)

// Rehearsal shows what writes would come to, in a transaction that is undone.
type Rehearsal interface {
	// Rehearse writes a set of changes as Write does, but for no run and without the
	// ledger, reads the rows again, and undoes all of it. It waits for locks no longer
	// than Write does. An error of class Own is one of the rows'; *UndoError: nothing was
	// written, since it could not be undone.
	Rehearse(ctx context.Context, writes []Write) (Rehearsed, error)
}

// Rehearsed is what a set would come to.
type Rehearsed struct {
	// Rows are those of the set, in its order.
	Rows []RehearsedRow
	// Held is how long the writes took, without what comes with a commit.
	Held time.Duration
}

// RehearsedRow is a row before and after.
type RehearsedRow struct {
	// Columns are all of the table's. Before and After are their values; nil: there was
	// no row of this key.
	Columns       []string
	Before, After []any
	// Written reports whether the row was written, and Needed whether the plan's check
	// asks for it even so.
	Written, Needed bool
}

// UndoError says why nothing can be rehearsed.
type UndoError struct{ Reason string }

func (e *UndoError) Error() string { return e.Reason }
