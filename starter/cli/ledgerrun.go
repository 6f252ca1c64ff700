package cli

import (
	"context"
	"fmt"

	"db-migrate/activities"
	"db-migrate/workflows"
)

// ledgerRun is the run that a question about the ledger is about.
type ledgerRun struct {
	found
	// phase is how it stands, and expected what it works on.
	phase    string
	expected activities.Fingerprint
	// moved: it was said that its database is not the worker's.
	moved bool
}

// isOpen reports whether the run goes on, or may.
func (r *ledgerRun) isOpen() bool { return r != nil && r.running }

// lookAtRun finds the run, once.
func (t *ledgerTarget) lookAtRun(ctx context.Context) error {
	if t.run != nil {
		return nil
	}
	id := t.given.subject.ID(t.given.dryRun)
	state, err := t.find(ctx, id)
	if err != nil {
		return unreachable("workflow "+id, err)
	}
	t.run = &ledgerRun{found: state, phase: state.state}
	if !state.exists {
		return nil
	}
	if state.running {
		if status, err := t.answered(ctx, id); err == nil {
			t.run.phase, t.run.expected = status.Phase, status.Expected
			return nil
		}
	}
	input, _ := t.input(ctx, id, state.runID) // without its history there is nothing to compare
	t.run.expected = expectedBy(input)
	return nil
}

// answered is the run's status, if a worker answers in time.
func (t *ledgerTarget) answered(ctx context.Context, id string) (workflows.Status, error) {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	return t.statusOf(asking, id, "")
}

// samePlace refuses the answer of a worker that is on another database than the run which
// goes on. Of one that is over it only says so: its database may have moved since.
func (t *ledgerTarget) samePlace(ctx context.Context, served activities.Fingerprint) error {
	if err := t.lookAtRun(ctx); err != nil {
		return err
	}
	if t.run.expected.Migration == "" || t.run.moved {
		return nil
	}
	err := t.run.expected.ComparePlace(served)
	switch {
	case err == nil:
	case t.run.running:
		return &exitError{exitFailed, fmt.Errorf("a worker of another database than the run's has answered, so that nothing is shown: %w\nend that worker; one of the run's is started by: %s", err, t.given.workerFor(ctx, t.connection))}
	case t.given.notices != nil:
		t.run.moved = true
		fmt.Fprintf(t.given.notices, "notice: the worker that answers is on another database than the last run was: %s\n", err)
	}
	return nil
}

// resumption says how a run that is paused goes on; empty: it is not.
func (t *ledgerTarget) resumption() string {
	if t.run.phase != workflows.PhasePaused {
		return ""
	}
	return fmt.Sprintf("The run is paused, and goes on with %s. ", t.given.again("resume"))
}
