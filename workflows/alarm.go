package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// alarm wakes the workflow when somebody waits for a time: the processes look at
// the clock themselves, whenever the workflow is awake.
func (o *overseer) alarm(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return !o.nextDue(workflow.Now(ctx)).IsZero() }); err != nil {
			return
		}
		now := workflow.Now(ctx)
		due := o.nextDue(now)
		timer, cancel := workflow.WithCancel(ctx)
		ringing := workflow.NewTimer(timer, due.Sub(now))
		err := workflow.Await(ctx, func() bool {
			next := o.nextDue(workflow.Now(ctx))
			return ringing.IsReady() || (!next.IsZero() && next.Before(due))
		})
		cancel()
		if err != nil {
			return
		}
	}
}

// nextDue is the next time that somebody waits for; zero: nobody does.
func (o *overseer) nextDue(now time.Time) time.Time {
	next := time.Time{}
	if o.halted() {
		return next
	}
	times := []time.Time{o.state.Troubled.due()}
	if len(o.state.Buffer.Ranges) > 0 {
		times = append(times, o.crew.pauseUntil)
		if o.state.Pace.Rate > 0 {
			times = append(times, o.state.Pace.Free)
		}
	}
	for _, due := range times {
		if due.After(now) && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return next
}
