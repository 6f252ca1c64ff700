package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// ending is how a run comes to its end when it is told to end, or fails.
type ending struct {
	// control is what people have told the run.
	control *Control
	// failure is why the run fails; nil: it does not.
	failure error
	// abandoned: activities that were called back have not come back in time.
	abandoned bool
	// unnoted says why the run's end could not be noted in the database; empty: it
	// was noted, or there was nothing to note.
	unnoted string
}

const (
	// recallTime is how long activities that were called back may take to come back.
	// Temporal itself ends those that no worker has in hand, at once, and those on a
	// dead worker with their heartbeat timeout.
	recallTime = HeartbeatTimeout + 5*time.Second
	// endPatience bounds the noting of an ending run's end, in case the database is
	// what made somebody cancel; endPatienceNow does so for a run that ends at once.
	endPatience    = 30 * time.Second
	endPatienceNow = 10 * time.Second
)

// EndingTime is how long a run with these limits takes to end at most, from the
// cancel on, while a worker runs the overseer.
func (l Limits) EndingTime() time.Duration { return l.drainTime() + recallTime + endPatience }

// drainTime is how long running activities may take to finish before a
// continue-as-new, and after a cancel; those that are stuck are called back.
func (l Limits) drainTime() time.Duration { return 2*l.BatchTime + 15*time.Second }

// early reports whether the run is to end before it is complete.
func (e *ending) early() bool { return e.control.Cancelled || e.failure != nil }

// outcome is how the run would end now.
func (e *ending) outcome() string {
	switch {
	case e.failure != nil:
		return PhaseFailed
	case e.control.Cancelled:
		return PhaseCancelled
	}
	return PhaseCompleted
}

// refuse is why nothing more can be asked of the run; nil: it goes on.
func (e *ending) refuse() error {
	switch {
	case e.failure != nil:
		return temporal.NewApplicationError("the migration has failed: "+reasonOf(e.failure), "Failed")
	case e.control.Cancelled:
		return temporal.NewApplicationError("the migration is being cancelled", "Cancelled")
	}
	return nil
}

// patience is how long the noting of an early end may take.
func (e *ending) patience() time.Duration {
	if e.control.Now {
		return endPatienceNow
	}
	return endPatience
}

// fail ends the run with the first failure, and calls back what is running.
func (o *overseer) fail(err error) {
	if o.ending.failure == nil {
		o.ending.failure = err
	}
	o.crew.recall()
}

// broken ends the run if an activity that ran in this context has failed for good:
// handed out again, it would fail again. One that waits for somebody to mend its cause
// pauses the run. What was called back, and what may pass, is
// handed out again.
func (o *overseer) broken(working workflow.Context, err error) {
	recalled := working.Err() != nil || temporal.IsCanceledError(err)
	if !recalled && isOf(err, activities.TypeHopeless) {
		o.halt("it fails again and again, and no row is to blame: " + reasonOf(err) + "; mend the cause, then resume")
		return
	}
	if runOver(err) || !recalled && !mayPass(err) {
		o.fail(err)
	}
}

// windUp lets running activities finish for a bounded time once the run is to end,
// then calls them back, and at last goes without them.
func (o *overseer) windUp(ctx workflow.Context) {
	idle := func() bool { return !o.crew.inFlight() }
	if workflow.Await(ctx, o.ending.early) != nil || idle() {
		return
	}
	o.interrupt()
	within(ctx, o.limits.drainTime(), func() bool { return idle() || o.state.Control.Now || o.ending.failure != nil })
	if idle() {
		return
	}
	o.crew.recall()
	o.ending.abandoned = !within(ctx, recallTime, idle)
}

// within waits until something holds, at most so long, and reports whether it does.
func within(ctx workflow.Context, patience time.Duration, holds func() bool) bool {
	if holds() {
		return true
	}
	timer, cancel := workflow.WithCancel(ctx)
	defer cancel()
	over := workflow.NewTimer(timer, patience)
	err := workflow.Await(ctx, func() bool { return holds() || over.IsReady() })
	return err == nil && holds()
}

// end notes the run's end in the database and sums up.
func (o *overseer) end(ctx workflow.Context) (Summary, error) {
	o.phase = o.note(ctx)
	o.describeNow()
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return Summary{}, err
	}
	summary := o.summary(ctx)
	switch {
	case o.phase == PhaseFailed:
		return Summary{}, failedWith(o.ending.failure, summary)
	case o.phase == PhaseCancelled && o.state.Control.FromTemporal:
		return Summary{}, temporal.NewCanceledError(summary)
	}
	return summary, nil
}

// failedWith is the workflow's error, with the summary for those who watch.
func failedWith(failure error, summary Summary) error {
	kind := ""
	var application *temporal.ApplicationError
	if errors.As(failure, &application) {
		kind = application.Type()
	}
	return temporal.NewApplicationErrorWithOptions(summary.Reason, kind,
		temporal.ApplicationErrorOptions{NonRetryable: true, Cause: failure, Details: []any{summary}})
}

// note notes the run's end in the database, and returns how the run has ended. A
// complete run waits for as long as that takes; if it is told to end meanwhile, it
// is noted as cancelled, which a worker of another definition may do, too.
func (o *overseer) note(ctx workflow.Context) string {
	outcome := o.ending.outcome()
	if runOver(o.ending.failure) || o.state.Begun.Run.Number == 0 && !o.settings.DryRun {
		return outcome // the books know of no such run
	}
	bounded := o.ending.early()
	err := o.endRun(ctx, outcome)
	if err != nil && !bounded && o.state.Control.Cancelled && !runOver(err) {
		outcome = o.ending.outcome()
		err = o.endRun(ctx, outcome)
	}
	if err == nil {
		return outcome
	}
	workflow.GetLogger(ctx).Error("the end of the run could not be noted", "error", err)
	o.ending.unnoted = reasonOf(err)
	if runOver(err) || !o.ending.early() {
		o.ending.failure = err
	}
	return o.ending.outcome()
}

var errNoAnswer = errors.New("the worker that was asked to note it does not answer")

// noted is the outcome as the books have it: the next start must know that nobody can tell
// what became of some rows.
func (o *overseer) noted(outcome string) string {
	if closing := o.state.Closing; outcome == PhaseCompleted && closing.Left > 0 && closing.Kind == LeftUnsure {
		return database.OutcomeUnsure
	}
	return outcome
}

func (o *overseer) endRun(ctx workflow.Context, outcome string) error {
	end := activities.End{Order: o.order(), Outcome: o.noted(outcome), State: o.state.Account.LowWater, Discard: outcome == PhaseCompleted && !o.partial()}
	noting, recall := workflow.WithCancel(ctx)
	defer recall()
	options := workflow.GetActivityOptions(shortOptions(noting, "note the end of the run"))
	bounded := o.ending.early()
	end.Recount = bounded
	if bounded {
		options.ScheduleToCloseTimeout = o.ending.patience()
	}
	running := workflow.ExecuteActivity(workflow.WithActivityOptions(noting, options), o.scanner.EndRun, end)
	if err := workflow.Await(ctx, func() bool { return running.IsReady() || !bounded && o.ending.early() }); err != nil {
		return err
	}
	if !running.IsReady() {
		recall()
		if !within(ctx, recallTime, running.IsReady) {
			return errNoAnswer
		}
	}
	var ended activities.Ended
	err := running.Get(ctx, &ended)
	if ended.Counted {
		o.state.Account.Totals.Migrated = ended.Migrated
	}
	return err
}

func (o *overseer) summary(ctx workflow.Context) Summary {
	summary := Summary{Phase: o.phase, RowName: o.state.Expected.Target.RowName, Reason: reasonOf(o.ending.failure), Unnoted: o.ending.unnoted, Barred: isOf(o.ending.failure, activities.TypeRefused), DryRun: o.settings.DryRun,
		Totals: o.state.Account.Totals, Refused: o.state.Refused, Preview: o.state.Preview,
		Left: o.state.Closing.Left, LeftKeys: o.state.Closing.Keys, LeftKind: o.state.Closing.Kind, LeftCause: o.state.Closing.Cause,
		Lost: o.state.Closing.Lost, Again: o.state.Account.Again, Late: o.state.Closing.Late,
		ElapsedSeconds: workflow.Now(ctx).Sub(o.state.StartedAt).Seconds()}
	if worst := o.state.Slowed.Worst; worst != nil {
		summary.Slowed = worst.Words
	}
	if o.phase == PhaseCancelled {
		summary.CancelReason = o.state.Control.CancelReason
	}
	if o.phase == PhaseCancelled && o.state.Account.LowWater != nil && !o.partial() {
		summary.Position = o.state.Account.LowWater.Position
	}
	return summary
}
