package database

import "context"

// Window is a stretch of the table, after one key and up to another; nil: no end. The
// database compares: every row lies in one of two windows that meet at a key, whatever
// became of the key on its way.
type Window struct {
	After Key `json:"after,omitempty"`
	UpTo  Key `json:"up_to,omitempty"`
}

// Balance is what a window of the table says of a run, asked inside of the database.
type Balance struct {
	// Migrated is how many rows stand in the ledger as migrated by the run; below 0: the
	// ledger does not outlive the worker, and says nothing.
	Migrated int64 `json:"migrated"`
	// Failed is how many stand there as failed by it.
	Failed int64 `json:"failed,omitempty"`
	// Judged: the plan's check was asked for all rows of the window. Left need it and
	// have no ledger row; Undone need it though the run has migrated them, and Again
	// though a run before it has.
	Judged bool  `json:"judged,omitempty"`
	Left   int64 `json:"left,omitempty"`
	Undone int64 `json:"undone,omitempty"`
	Again  int64 `json:"again,omitempty"`
	// Rows are the rows of the window that are the plan's, where no check was asked, and
	// Ledgered the ledger rows of all runs.
	Rows     int64 `json:"rows,omitempty"`
	Ledgered int64 `json:"ledgered,omitempty"`
	// Rewritten: all rows may be other ones than when the run began. Unsure: of a row
	// without a ledger row nobody can tell whether it is migrated.
	Rewritten bool `json:"rewritten,omitempty"`
	Unsure    bool `json:"unsure,omitempty"`
}

// Add adds another window.
func (b *Balance) Add(other Balance) {
	b.Migrated += other.Migrated
	b.Failed += other.Failed
	b.Judged = b.Judged || other.Judged
	b.Left, b.Undone, b.Again = b.Left+other.Left, b.Undone+other.Undone, b.Again+other.Again
	b.Rewritten, b.Unsure = b.Rewritten || other.Rewritten, b.Unsure || other.Unsure
	b.Rows, b.Ledgered = b.Rows+other.Rows, b.Ledgered+other.Ledgered
}

// Closing asks the table whether a run has left anything behind. It writes nothing.
type Closing interface {
	// Balance counts a window. Full asks the check, too, where it is written for a set;
	// else only what the ledger says of the run is counted.
	Balance(ctx context.Context, run Run, window Window, full bool) (Balance, error)
	// LeftKeys are the first keys of the window, in the order of the scan, of rows that
	// have no ledger row and, where there is a check for a set, need it; undone: of rows
	// that the run has migrated and that need it still.
	LeftKeys(ctx context.Context, run Run, window Window, limit int, undone bool) ([]Key, error)
	// CountRows is how many rows of the window are the plan's; 0: the database cannot
	// count them.
	CountRows(ctx context.Context, window Window) (int64, error)
}
