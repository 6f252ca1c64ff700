package database

import (
	"context"
	"time"
)

// Stretches is a table that can carry a plan of statements out on neighbouring
// customers without handing their keys out first.
type Stretches interface {
	// MigrateStretch migrates the next customers of the range after the given key
	// (nil: from the range's beginning), at most limit of them, with their ledger
	// rows in one transaction, and names those who were migrated, if named is set.
	// It must not be asked of a range that was worked on before. ErrLedgerConflict,
	// and an error of class Own or Contention, say that nothing was written.
	MigrateStretch(ctx context.Context, mark Mark, part Range, after Key, limit int, named bool) (Stretch, error)
}

// Stretch is what became of neighbouring customers.
type Stretch struct {
	// Customers is how many there were, Last the last of them; fewer than were
	// asked for: there are no more.
	Customers int
	Last      Key
	// Migrated is how many were migrated, and Names their keys, if these were
	// asked for. Needed were not, but still need to be. All others were migrated
	// before.
	Migrated      int
	Names, Needed []Key
	// Held is how long the transaction held its locks.
	Held time.Duration
}
