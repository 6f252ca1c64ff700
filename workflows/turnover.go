package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// turnover is how a run continues as new: once Temporal suggests it, with its last
// batches ending together, so that no process waits long for the others.
type turnover struct {
	// begunAt is when the run began, and lastEnd when its last batches end; zero: that is
	// not known yet.
	begunAt, lastEnd time.Time
	// continuing: nothing new is begun.
	continuing bool
}

// youngestRun is how old a run is at least when it continues as new: Temporal lets the
// next one of a younger run wait until a second is over, and then for up to a second
// more.
const youngestRun = time.Second

// soon reports whether the run should continue as new once its batches have ended:
// Temporal suggests it, and the run is old enough.
func (t *turnover) soon(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && workflow.Now(ctx).Sub(t.begunAt) >= youngestRun
}

// about reports whether batches end about now that are to end together; least is a time
// that is not worth a batch.
func (t *turnover) about(now time.Time, least time.Duration) bool {
	return !t.lastEnd.IsZero() && t.lastEnd.Sub(now) < least
}

// left is how long a batch may take that ends together with the others, the first of
// which takes so long.
func (t *turnover) left(now time.Time, first time.Duration) time.Duration {
	if t.lastEnd.IsZero() {
		t.lastEnd = now.Add(first)
	}
	return t.lastEnd.Sub(now)
}

// continues reports whether to continue as new now: the batches that are running end
// about now.
func (o *overseer) continues(ctx workflow.Context) bool {
	return o.turnover.soon(ctx) && (!o.crew.inFlight() || o.turnover.about(workflow.Now(ctx), leastShare(o.limits.Processes)))
}

// bounded is the size of a batch that ends together with the others when the run is to
// continue as new.
func (o *overseer) bounded(now time.Time, size int) int {
	if !o.turnover.soon(o.crew.root) {
		return size
	}
	return o.state.Sizing.within(size, o.turnover.left(now, o.state.Sizing.batchTime(o.limits)))
}

// continueAsNew goes on as a new run of the workflow, with the state.
func (o *overseer) continueAsNew(ctx, root workflow.Context) (Summary, error) {
	o.turnover.continuing = true
	if err := o.drain(ctx); err != nil {
		return Summary{}, err
	}
	if o.ending.early() { // seen while draining: it would not be carried over
		return o.end(ctx)
	}
	o.state.Runs++
	return Summary{}, workflow.NewContinueAsNewError(root, WorkflowName, Input{Settings: o.settings, State: o.state, Attributes: o.attributes})
}

// drain waits for what is running, and calls back what takes too long.
func (o *overseer) drain(ctx workflow.Context) error {
	timer, cancel := workflow.WithCancel(ctx)
	defer cancel()
	patience := workflow.NewTimer(timer, o.limits.drainTime())
	idle := func() bool { return !o.crew.inFlight() || o.ending.abandoned }
	if err := workflow.Await(ctx, func() bool { return idle() || patience.IsReady() }); err != nil {
		return err
	}
	if !idle() {
		o.crew.recall()
	}
	return workflow.Await(ctx, func() bool { return idle() && workflow.AllHandlersFinished(ctx) })
}
