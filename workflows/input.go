package workflows

import (
	"time"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/idfile"
)

// Input is the overseer's input: what was asked for, and after a
// continue-as-new how far it had come.
type Input struct {
	Settings Settings `json:"settings"`
	State    *State   `json:"state,omitempty"`
	// Attributes: the namespace knows the search attributes of NewAttributes.
	Attributes bool `json:"attributes,omitempty"`
}

// Settings are what a run was started with. A second start attaches to the run
// only if its settings are the same.
type Settings struct {
	Migration   string `json:"migration"`
	Environment string `json:"environment"`
	// Cluster is the Temporal address and namespace, as the table's owner row
	// has it.
	Cluster    string `json:"cluster"`
	DryRun     bool   `json:"dry_run,omitempty"`
	Reset      bool   `json:"reset,omitempty"`
	SameLedger bool   `json:"same_ledger,omitempty"`
	TakeOver   bool   `json:"take_over,omitempty"`
	// Again migrates rows once more that earlier runs have migrated, if they need it.
	Again bool `json:"again,omitempty"`
	// Retry migrates the rows alone that failed in earlier runs.
	Retry bool `json:"retry,omitempty"`
	// FailFast ends the run where it would pause by itself.
	FailFast bool `json:"fail_fast,omitempty"`
	// Expected is what the worker said it would work on; every activity
	// compares.
	Expected activities.Fingerprint `json:"expected"`
	Limits   Limits                 `json:"limits"`
	// File names the rows, instead of a scan of the table.
	File *idfile.Identity `json:"file,omitempty"`
	// From and To are the ends of the part of the table that is scanned, in the
	// user's words; empty: the table's own.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Part is what of the table is scanned.
func (s Settings) Part() activities.Part { return activities.Part{From: s.From, To: s.To} }

// State is what a continue-as-new carries over. Its parts belong to the files
// that are named after them.
type State struct {
	StartedAt time.Time        `json:"started_at"`
	Begun     activities.Begun `json:"begun"`
	// Runs is how often the overseer has continued as new.
	Runs     int                    `json:"runs"`
	Expected activities.Fingerprint `json:"expected"`
	Scan     Scan                   `json:"scan"`
	Buffer   Buffer                 `json:"buffer"`
	Account  Account                `json:"account"`
	Troubled TroubledLane           `json:"troubled"`
	Control  Control                `json:"control"`
	// Set are settings that were changed since the start, by their keys.
	Set     map[string]string     `json:"set,omitempty"`
	Slowed  Slowed                `json:"slowed,omitzero"`
	Pace    Pace                  `json:"pace"`
	Sizing  Sizing                `json:"sizing"`
	Closing Closing               `json:"closing,omitzero"`
	Refused []activities.Troubled `json:"refused,omitempty"`
	// Needed are some of the rows that a dry run has found, and Preview what it has
	// shown of them.
	Needed  activities.Spread   `json:"needed,omitzero"`
	Preview *activities.Preview `json:"preview,omitempty"`
}

// Phases of a run.
const (
	PhaseStarting   = "starting"
	PhaseRunning    = "running"
	PhasePaused     = "paused"
	PhaseCancelling = "cancelling"
	// PhaseFailing: the run has failed; what is running is called back.
	PhaseFailing   = "failing"
	PhaseCompleted = "completed"
	PhaseCancelled = "cancelled"
	PhaseFailed    = "failed"
	// PhaseTerminated and PhaseTimedOut: the run was ended in Temporal from outside.
	// The overseer cannot say so itself; the starter does.
	PhaseTerminated = "terminated"
	PhaseTimedOut   = "timed out"
)

// Summary is how a run ended, the overseer's result.
type Summary struct {
	Phase string `json:"phase"`
	// Reason says why a run failed; Unnoted why its end could not be noted in the
	// database, which then still names the run as the table's owner.
	Reason  string `json:"reason,omitempty"`
	Unnoted string `json:"unnoted,omitempty"`
	// CancelReason says why a run was cancelled.
	CancelReason string `json:"cancel_reason,omitempty"`
	// Barred: the run was refused, and so will be the next start, until what the reason
	// says is done.
	Barred bool `json:"barred,omitempty"`
	DryRun bool `json:"dry_run,omitempty"`
	Totals
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	// Position is where the next start goes on; nil: from the beginning.
	Position database.Key `json:"position,omitempty"`
	// Refused are examples of customers that a dry run found impossible.
	Refused []activities.Troubled `json:"refused,omitempty"`
	// Preview is what a dry run has shown of some rows; nil: none needs it.
	Preview *activities.Preview `json:"preview,omitempty"`
	// Left is how many rows the table has left at the end, LeftKeys the first of them,
	// LeftKind and LeftCause why. Lost is how many commits the database has taken back,
	// and Again how many rows were found at the end, and done after all.
	Left      int64          `json:"left,omitempty"`
	LeftKeys  []database.Key `json:"left_keys,omitempty"`
	LeftKind  string         `json:"left_kind,omitempty"`
	LeftCause string         `json:"left_cause,omitempty"`
	Lost      int64          `json:"lost,omitempty"`
	Again     int64          `json:"found_at_closing,omitempty"`
	// Late is how many of them came to need it so late that the run has not seen them.
	Late int64 `json:"late,omitempty"`
	// Slowed says how far the work was held back for the site's sake, and why; empty: it
	// was not, as far as the ends of batches tell.
	Slowed string `json:"slowed,omitempty"`
	// RowName is what one row is called to people; empty: what its table suggests.
	RowName string `json:"row_name,omitempty"`
}
