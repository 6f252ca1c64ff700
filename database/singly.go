package database

import "context"

// Singly is a table that can write many customers in transactions of their own
// in less than a round trip for each. A table without it writes them one by one.
type Singly interface {
	// WriteEach writes each change with its ledger row in a transaction of its
	// own, by the rules of Migrate.Write, and tells what became of each. An error
	// of the call says that nothing is known of any of them.
	WriteEach(ctx context.Context, mark Mark, writes []Write) ([]Outcome, error)
}

// Outcome is what became of a row in a transaction of its own.
type Outcome struct {
	// Written is false for a row that is not as it was read.
	Written bool
	// Err is ErrLedgerConflict, or of class Own or Contention: nothing was written.
	Err error
}
