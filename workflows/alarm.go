package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// alarm wakes the workflow when somebody waits for a time: the processes look at
// the clock themselves, whenever the workflow is awake.
func (o *overseer) alarm(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return !o.nextDue(workflow.Now(ctx)).at.IsZero() }); err != nil {
			return
		}
		now := workflow.Now(ctx)
		due := o.nextDue(now)
		timer, cancel := workflow.WithCancel(ctx)
		ringing := workflow.NewTimerWithOptions(timer, due.at.Sub(now), workflow.TimerOptions{Summary: due.reason})
		err := workflow.Await(ctx, func() bool {
			next := o.nextDue(workflow.Now(ctx)).at
			return ringing.IsReady() || (!next.IsZero() && next.Before(due.at))
		})
		cancel()
		if err != nil {
			return
		}
	}
}

// due is a time that somebody waits for, and what for, as Temporal's Web UI shows it.
type due struct {
	at     time.Time
	reason string
}

// nextDue is the next time that somebody waits for; zero: nobody does.
func (o *overseer) nextDue(now time.Time) due {
	next := due{}
	if o.halted() {
		return next
	}
	times := []due{{o.state.Troubled.due(), "until troubled " + o.rows().Many + " are tried again"}}
	if len(o.state.Buffer.Ranges) > 0 {
		times = append(times, due{o.crew.pauseUntil, "until locked " + o.rows().Many + " are tried again"})
		if o.state.Pace.Rate > 0 && !o.state.Sizing.spreads(o.limits) { // else the end of a batch is waited for
			times = append(times, due{o.state.Pace.Free, "for the rate"})
		}
	}
	for _, one := range times {
		if one.at.After(now) && (next.at.IsZero() || one.at.Before(next.at)) {
			next = one
		}
	}
	return next
}
