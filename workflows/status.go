package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/internal/noun"
	"db-migrate/siteguard"
)

// Status is the run as its query answers it.
type Status struct {
	Phase       string                 `json:"phase"`
	DryRun      bool                   `json:"dry_run,omitempty"`
	Migration   string                 `json:"migration"`
	Environment string                 `json:"environment"`
	Target      database.Target        `json:"target"`
	Expected    activities.Fingerprint `json:"expected"`
	// File names the customers, if there is one.
	File *idfile.Identity `json:"file,omitempty"`
	// From and To are the ends of the part of the table that is scanned.
	From      string          `json:"from,omitempty"`
	To        string          `json:"to,omitempty"`
	StartedAt time.Time       `json:"started_at"`
	Totals    Totals          `json:"totals"`
	Scanner   ScannerStatus   `json:"scanner"`
	Processes []ProcessStatus `json:"processes"`
	// Troubled customers wait for another attempt, TroubledRow among them, because of its
	// error.
	Troubled      int          `json:"troubled"`
	TroubledRow   database.Key `json:"troubled_row,omitempty"`
	TroubledError string       `json:"troubled_error,omitempty"`
	// Contended is how many batches in a row met rows that stayed locked, or
	// statements that took too long.
	Contended int `json:"contended,omitempty"`
	// Locked is what the last of them has met, and RefusedRow the troubled row that was
	// refused for others' sake most often; nil: there is none.
	Locked     *Locked `json:"locked,omitempty"`
	RefusedRow *Locked `json:"refused_row,omitempty"`
	// PauseReason says why the run is paused; CancelReason why it is ending.
	PauseReason  string `json:"pause_reason,omitempty"`
	CancelReason string `json:"cancel_reason,omitempty"`
	// Asked is what was asked for last, and by whom.
	Asked Asked `json:"asked,omitzero"`
	// Reason says why the run has failed, or how it was ended from outside; Unnoted
	// why its end could not be noted in the database.
	Reason       string `json:"reason,omitempty"`
	Unnoted      string `json:"unnoted,omitempty"`
	FailureLimit int64  `json:"failure_limit"`
	// Uncounted: a lost worker may have done rows that the totals leave out. They are
	// counted when their batch is repeated.
	Uncounted bool `json:"uncounted,omitempty"`
	// Outdated says that the file of the migration has changed since the worker that
	// answers has read it.
	Outdated string `json:"outdated,omitempty"`
	// Left is how many rows the closing balance has found left at last, and LeftCause why.
	Left      int64   `json:"left,omitempty"`
	LeftCause string  `json:"left_cause,omitempty"`
	Rate      float64 `json:"rate,omitempty"`
	// Set are settings that were changed since the start, by their keys.
	Set map[string]string `json:"set,omitempty"`
	// Beside is how the work fares beside the site, as of the end of the last batch.
	Beside *activities.Beside `json:"beside,omitempty"`
	// BatchSize is how many customers a batch has now.
	BatchSize int `json:"batch_size"`
	// Runs is how often the overseer has continued as new.
	Runs    int                   `json:"runs"`
	Refused []activities.Troubled `json:"refused,omitempty"`
}

// Rows is what the table's rows are called to people.
func (s Status) Rows() noun.Noun { return noun.Of(s.Target.Table, s.Target.RowName) }

// Percent is how much is done of what there was by the last estimate.
func (s Status) Percent() int64 {
	whole := max(s.Scanner.Estimate, s.Totals.Scanned)
	switch {
	case s.Phase == PhaseCompleted:
		return 100
	case whole == 0:
		return 0
	}
	return min(100*s.Totals.Done()/whole, 99)
}

// Part is what of the table is scanned.
func (s Status) Part() activities.Part { return activities.Part{From: s.From, To: s.To} }

// Guarded reports whether there is something to say of the site guard: not while it is set
// off, nor of a paused run that has nothing in hand, whose last word is old.
func (s Status) Guarded() bool {
	resting := s.Phase == PhasePaused && !slices.ContainsFunc(s.Processes, func(process ProcessStatus) bool { return process.Busy })
	return !resting && s.Set[siteguard.KeyMode] != "off"
}

// What the scanner does.
const (
	ScannerReading   = "reading"
	ScannerParked    = "parked" // the buffer is full enough
	ScannerHalted    = "halted"
	ScannerClosing   = "checking that nothing is left"
	ScannerCompleted = "completed"
)

// ScannerStatus is the scanner's line.
type ScannerStatus struct {
	State string `json:"state"`
	// Buffered customers wait in the buffer, which may hold Capacity.
	Buffered int   `json:"buffered"`
	Capacity int   `json:"capacity"`
	Estimate int64 `json:"estimate"`
	Sweep    int   `json:"sweep,omitempty"`
}

// ProcessStatus is a process's line.
type ProcessStatus struct {
	Number int       `json:"number"`
	Busy   bool      `json:"busy"`
	Since  time.Time `json:"since"`
	// After and UpTo are the ends of the batch, Customers its size. One of several ranges
	// that do not follow on each other has no ends.
	After     database.Key `json:"after,omitempty"`
	UpTo      database.Key `json:"up_to,omitempty"`
	Customers int          `json:"customers,omitempty"`
	// Customer is a troubled row on its next attempt.
	Customer database.Key `json:"customer,omitempty"`
	Attempt  int          `json:"attempt,omitempty"`
}

// rows is what the table's rows are called to people.
func (o *overseer) rows() noun.Noun { return o.state.Expected.Rows() }

func (o *overseer) status() Status {
	status := Status{Phase: o.currentPhase(), DryRun: o.settings.DryRun, Migration: o.settings.Migration,
		Environment: o.settings.Environment, Target: o.state.Expected.Target, Expected: o.state.Expected, File: o.settings.File,
		From: o.settings.From, To: o.settings.To, StartedAt: o.state.StartedAt, Totals: o.state.Account.Totals, Scanner: o.scannerStatus(),
		Uncounted: o.state.Account.uncounted(), Troubled: len(o.state.Troubled.Waiting), Contended: o.crew.contended, PauseReason: o.state.Control.PauseReason,
		CancelReason: o.state.Control.CancelReason, Asked: o.state.Control.Asked, Reason: reasonOf(o.ending.failure), Unnoted: o.ending.unnoted, FailureLimit: o.state.Control.FailureLimit,
		Rate: o.state.Pace.Rate, Set: o.state.Set, Beside: o.state.Slowed.Now, BatchSize: o.state.Sizing.batch(o.limits), Runs: o.state.Runs, Left: o.state.Closing.Left, LeftCause: o.state.Closing.Cause, Refused: o.state.Refused}
	if o.crew.contended > 0 {
		status.Locked = &o.crew.locked
	}
	if row := o.state.Troubled.failed(); row != nil {
		status.TroubledRow, status.TroubledError = row.Key, database.CleanText(row.Error, lastFailureLength)
	}
	if worst := o.state.Troubled.refused(); worst != nil {
		status.RefusedRow = &Locked{Key: worst.Key, Error: worst.Error, Alone: worst.Alone > 0, Tries: worst.Refused}
	}
	for i := range o.crew.processes {
		if i >= o.limits.Processes && !o.crew.processes[i].busy {
			continue // there should be fewer now
		}
		status.Processes = append(status.Processes, o.crew.processes[i].status())
	}
	if !status.Guarded() {
		status.Beside = nil
	}
	return status
}

// answer is the status with what only the worker that answers knows.
func (o *overseer) answer() (Status, error) {
	status := o.status()
	status.Outdated = o.scanner.Outdated()
	return status, nil
}

func (o *overseer) currentPhase() string {
	switch {
	case o.phase == PhaseCompleted || o.phase == PhaseCancelled || o.phase == PhaseFailed:
		return o.phase
	case o.ending.failure != nil:
		return PhaseFailing
	case o.state.Control.Cancelled:
		return PhaseCancelling
	case o.state.Control.Paused:
		return PhasePaused
	}
	return o.phase
}

func (o *overseer) scannerStatus() ScannerStatus {
	scan := o.state.Scan
	status := ScannerStatus{State: ScannerParked, Buffered: o.state.Buffer.Customers(),
		Capacity: o.state.Sizing.capacity(o.limits), Estimate: scan.Estimate, Sweep: scan.Sweep}
	switch {
	case scan.Done && o.state.Closing.Stage != "" && !o.closed():
		status.State = ScannerClosing
	case scan.Done:
		status.State = ScannerCompleted
	case o.crew.scanning:
		status.State = ScannerReading
	case o.halted():
		status.State = ScannerHalted
	}
	return status
}

func (p *process) status() ProcessStatus {
	status := ProcessStatus{Number: p.number, Busy: p.busy, Since: p.since, Customers: p.customers}
	if connected(p.ranges) {
		status.After, status.UpTo = p.ranges[0].After, p.ranges[len(p.ranges)-1].UpTo
	}
	if p.customer != nil {
		status.Customer, status.Attempt = p.customer.Key, p.customer.Attempts+1
	}
	return status
}

// connected reports whether ranges follow on each other. What batches put back is taken
// first, whatever lies behind it: the last range may even have lower keys than the first.
func connected(parts []database.Range) bool {
	for i := 1; i < len(parts); i++ {
		if !parts[i].After.Equal(parts[i-1].UpTo) {
			return false
		}
	}
	return len(parts) > 0
}

// describeEvery bounds how often the current details are set.
const describeEvery = time.Second

// describe keeps the details and attributes that Temporal's Web UI shows up to date.
func (o *overseer) describe() {
	now := workflow.Now(o.crew.root)
	if o.describedAt.IsZero() || now.Sub(o.describedAt) >= describeEvery || o.halted() {
		o.describeNow()
	}
}

func (o *overseer) describeNow() {
	o.describedAt = workflow.Now(o.crew.root)
	status := o.status()
	workflow.SetCurrentDetails(o.crew.root, details(status, o.describedAt))
	o.list(status)
}
