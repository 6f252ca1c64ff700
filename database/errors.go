package database

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Class says what an error means for the customer and for the attempt.
type Class int

const (
	// Broken is a missing table or column, a read-only database, bad SQL. The
	// attempt fails; it is retried until somebody mends the cause.
	Broken Class = iota
	// Own is the row's own error (its data, a constraint, the migration's
	// verdict). The customer is troubled.
	Own
	// Contention is a lock, a deadlock, a busy database. It is repeated in place.
	Contention
	// Disconnected is a connection or a server that is gone. The attempt fails
	// and is retried.
	Disconnected
)

// Error is an error of the database with its class.
type Error struct {
	Class Class
	Err   error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// RivalError is of class Contention and says that another session was in the row's way: a
// row that is alone in its transaction does not meet it again and again. If it does, no
// other session is to blame: a trigger raises the error for this row, for example.
type RivalError struct {
	Err error
	// Waits: the server gives up a wait with it. Without a wait there was no rival.
	Waits bool
}

func (r *RivalError) Error() string { return r.Err.Error() }

// Unwrap is what the server has said.
func (r *RivalError) Unwrap() error { return r.Err }

// OwnError makes an error the row's own.
func OwnError(err error) error { return &Error{Own, err} }

// ClassOf tells an error's class. An error that no driver has classified is
// Broken: to blame a row for it would lose the row.
func ClassOf(err error) Class {
	var classified *Error
	if errors.As(err, &classified) {
		return classified.Class
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Contention
	}
	return Broken
}

// Classified reports whether a driver hands an error on as it is: none, one that has
// its class, one of the books, or the caller's own end.
func Classified(err error) bool {
	var classified *Error
	var owner *OwnerError
	var definition *DefinitionError
	var refused *BooksError
	var over *RunOverError
	var undo *UndoError
	return err == nil || errors.As(err, &undo) || errors.As(err, &classified) || errors.As(err, &owner) || errors.As(err, &definition) || errors.As(err, &refused) || errors.As(err, &over) ||
		errors.Is(err, ErrLedgerConflict) || errors.Is(err, context.Canceled)
}

// ErrLedgerConflict says that a customer to be written has a ledger row.
var ErrLedgerConflict = errors.New("a row of the set has a ledger row already")

// AstrayError says that a statement does something else than what its parameters name, as
// it would with each repetition. Nothing of it is left.
type AstrayError struct{ Reason string }

func (e *AstrayError) Error() string { return e.Reason }

// AboutCustomers reports whether an error of a write may be about some of its customers
// only: nothing was written, and they can be gone through one by one.
func AboutCustomers(err error) bool {
	class := ClassOf(err)
	return errors.Is(err, ErrLedgerConflict) || class == Own || class == Contention
}

// OwnerError says that another overseer owns the table. Run is Temporal's id of its
// first run, Workflow that of its workflow.
type OwnerError struct {
	Table, Migration, Environment, Cluster, Run, Workflow string
	Since                                                 time.Time
}

// Yields reports whether the owner gives the table to a run: it is the same overseer's,
// it takes over, or it knows that the owner's run is over.
func (e *OwnerError) Yields(request RunRequest) bool {
	same := e.Migration == request.Migration && e.Environment == request.Environment && e.Cluster == request.Cluster && e.Workflow == request.Workflow
	return same || request.TakeOver || request.Over != "" && request.Over == e.Run
}

// YieldsToDrop reports whether the owner lets a ledger be dropped.
func (e *OwnerError) YieldsToDrop(request DropRequest) bool {
	return request.TakeOver || request.Over != "" && request.Over == e.Run
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("table %s is owned by migration %s of environment %s (Temporal %s) since %s; "+
		"let it finish, or cancel it first (%s), or start with --take-over if its Temporal is gone for good",
		e.Table, e.Migration, e.Environment, e.Cluster, e.Since.UTC().Format("2006-01-02 15:04:05"), e.cancel())
}

// cancel is the command that ends the owner's run.
func (e *OwnerError) cancel() string {
	if e.Environment == "localhost" {
		return "starter cancel " + e.Migration
	}
	return "starter cancel " + e.Migration + " -e " + e.Environment
}

// DefinitionError says that the ledger was written by another definition.
type DefinitionError struct {
	Migration, Ledger, Worker string
}

func (e *DefinitionError) Error() string {
	return fmt.Sprintf("the ledger of migration %s was written by definition %s, this worker has %s; "+
		"give a changed migration a new name, or start with --same-ledger if it means the same",
		e.Migration, e.Ledger, e.Worker)
}

// BooksError says why the tables of our own cannot be used for this migration of
// this table: they are of another version, or about another table.
type BooksError struct{ Reason string }

func (e *BooksError) Error() string { return e.Reason }

// OtherTable refuses a migrate statement that is about another table than the one whose
// rows are scanned: keys of the one would change rows of the other.
func OtherTable(place, named, configured string) error {
	if named == "" {
		named = "no table of that name"
	}
	return &Error{Broken, fmt.Errorf("%s: it updates %s, and connection/table is %s, whose rows are scanned; name the same table in both", place, named, configured)}
}

// RunOverError says that the books do not know the run as alive: it has ended,
// another one has taken its place, or this is another database. Nothing is written
// for it.
type RunOverError struct{ Run Run }

func (e *RunOverError) Error() string {
	run := "the run"
	if e.Run.Number > 0 {
		run = fmt.Sprintf("run %d", e.Run.Number)
	}
	return run + " is over, or unknown to this database: it has ended, another run has taken its place, or this is a copy of the database; nothing is written for it any more"
}
