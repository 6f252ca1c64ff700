package activities

import (
	"time"

	"db-migrate/activities/settle"
	"db-migrate/database"
	"db-migrate/idfile"
)

// Order is what every activity of a run is told.
type Order struct {
	Run database.Run `json:"run"`
	// Expected is refused by a worker that serves something else.
	Expected Fingerprint `json:"expected"`
	// DryRun checks only and writes nothing at all.
	DryRun bool `json:"dry_run,omitempty"`
	// File names the rows, instead of a scan of the table.
	File *idfile.Identity `json:"file,omitempty"`
	// Partial: the run covers a part of the table, and leaves the paging state of
	// the whole table's scan alone.
	Partial bool `json:"partial,omitempty"`
	// Again migrates rows once more that earlier runs have migrated, if they need it.
	Again bool `json:"again,omitempty"`
	// Since is the first of the runs that this one goes on with: what they have done was
	// done for the same wish.
	Since int64 `json:"since,omitempty"`
	// Wishes are settings of the site-guard's that hold beside the worker's own.
	Wishes map[string]string `json:"wishes,omitempty"`
}

// Batch is the work of one MigrateCustomers activity: neighbouring ranges.
type Batch struct {
	Order
	// Process is the number of the process that runs it, from 1.
	Process int              `json:"process"`
	Ranges  []database.Range `json:"ranges"`
	// TransactionSize is how many customers commit together at most; 0: the
	// migrator finds it by time.
	TransactionSize int `json:"transaction_size,omitempty"`
	// SetsAtOnce is how many sets a worker has in hand at once; 0: found while
	// running, where work is in sets.
	SetsAtOnce int `json:"sets_at_once,omitempty"`
	// BatchTime is how long the batch should take; well over it, the activity
	// returns what is left as the rest.
	BatchTime time.Duration `json:"batch_time"`
	// Rate is how many rows a second the batch writes; 0: as many as it can.
	Rate float64 `json:"rate,omitempty"`
	// LowWater, if any, is saved as the run's paging state.
	LowWater *database.PagingState `json:"low_water,omitempty"`
}

// What becomes of rows is said in the words of package settle.
type (
	// Counts are rows by outcome.
	Counts = settle.Counts
	// Troubled is a row whose own error kept it from being migrated.
	Troubled = settle.Troubled
	// Refusal is what the database has said of a row that is to be tried again.
	Refusal = settle.Refusal
	// Sample is one row of a dry run, before and after.
	Sample = settle.Sample
	// SampleColumn is a column's value before and after.
	SampleColumn = settle.SampleColumn
	// Preview is what a dry run has shown of some rows.
	Preview = settle.Preview
	// Spread keeps some of many keys.
	Spread = settle.Spread
)

// RangeCounts are the counts of one range.
type RangeCounts struct {
	Sequence int64 `json:"sequence"`
	Counts
}

// BatchResult is what a batch came to.
type BatchResult struct {
	// Ranges counts what was accounted for, range by range.
	Ranges []RangeCounts `json:"ranges"`
	// Troubled customers are to be tried again on their own.
	Troubled []Troubled `json:"troubled,omitempty"`
	// Refused are examples of customers that a dry run found impossible.
	Refused []Troubled `json:"refused,omitempty"`
	// Needed are some of the rows that need it, spread over a dry run's batch.
	Needed []settle.Placed `json:"needed,omitempty"`
	// Rest is what was not reached, and RestReason says why.
	Rest       []database.Range `json:"rest,omitempty"`
	RestReason string           `json:"rest_reason,omitempty"`
	// Failure is what a batch has failed with that is given up (RestBroken), or that was
	// kept from its rows (RestContention).
	Failure string `json:"failure,omitempty"`
	// Locked are some of the rows that the database has refused for others' sake, with its
	// words. Alone: it has refused all of a set so, and nobody is known to be in the way.
	Locked []Refusal `json:"locked,omitempty"`
	Alone  bool      `json:"alone,omitempty"`
	// Attempt is Temporal's attempt that returned this, from 1: earlier ones
	// are invisible to the workflow otherwise.
	Attempt int32 `json:"attempt"`
	// Customers were accounted for by this attempt, in Elapsed, without what it has waited
	// for its rate. For Waited of it other batches were at work instead of this one.
	Customers int           `json:"customers"`
	Elapsed   time.Duration `json:"elapsed"`
	Waited    time.Duration `json:"waited,omitempty"`
	// Beside is how the work fares beside the site.
	Beside *Beside `json:"beside,omitempty"`
}

// Reasons why a batch returns a rest.
const (
	RestOverTime   = "over its time"
	RestStopping   = "worker is stopping"
	RestCancelled  = "asked to stop"
	RestContention = "rows are locked"
	RestTroubled   = "too many troubled customers"
	// RestBroken: the batch has failed again and again, and no row is to blame.
	RestBroken = "it fails again and again"
)

// Single is one troubled row, to be migrated on its own.
type Single struct {
	Order
	Process  int          `json:"process"`
	Key      database.Key `json:"key"`
	Sequence int64        `json:"sequence"`
	// TellLocks: the overseer wants to be told by an error (TypeLocked) what keeps the row
	// from being migrated; one of a program before this one knows the outcome alone.
	TellLocks bool `json:"tell_locks,omitempty"`
}

// What became of a single row.
const (
	OutcomeMigrated    = settle.OutcomeMigrated
	OutcomeSkipped     = settle.OutcomeSkipped
	OutcomeNeededAgain = settle.OutcomeNeededAgain
	OutcomeVanished    = settle.OutcomeVanished
	OutcomeFailed      = settle.OutcomeFailed
	OutcomeLocked      = settle.OutcomeLocked
)

// Burial is a customer whose attempts are used up.
type Burial struct {
	Order
	Letter database.DeadLetter `json:"letter"`
}

// End says how a run ended.
type End struct {
	Order
	Outcome string                `json:"outcome"`
	State   *database.PagingState `json:"state,omitempty"`
	Discard bool                  `json:"discard,omitempty"`
	// Recount asks what the ledger has of the run: a set that was called back halfway has
	// committed rows of which nobody was told.
	Recount bool `json:"recount,omitempty"`
}

// Ended is what the ledger has of a run that has ended; Counted: it was asked, and has
// answered in time.
type Ended struct {
	Counted  bool  `json:"counted,omitempty"`
	Migrated int64 `json:"migrated,omitempty"`
}
