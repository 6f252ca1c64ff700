package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// changeHeard is since when that is booked which a lost batch was last heard of.
const changeHeard = "heard"

// lose hands out again what a batch was given that has failed. One that was called back,
// and lost with its worker before it knew of that, is not repeated by Temporal. What it
// was last heard of is booked: else its rows would be missing from the totals as long as
// the run is paused, and each of them would be gone through once more.
func (o *overseer) lose(ctx workflow.Context, parts []database.Range, err error) {
	result, heard := lastHeard(parts, err)
	if heard && workflow.GetVersion(ctx, changeHeard, workflow.DefaultVersion, 1) == 1 {
		o.book(workflow.Now(ctx), parts, result)
		o.state.Account.lose(result.Rest)
		return
	}
	o.putBack(parts)
	o.state.Account.lose(parts)
}

// lastHeard is what a batch of these parts has come to, as far as Temporal has heard of it
// before it was lost.
func lastHeard(parts []database.Range, err error) (activities.BatchResult, bool) {
	var timeout *temporal.TimeoutError
	var progress activities.Progress
	if !errors.As(err, &timeout) || !timeout.HasLastHeartbeatDetails() || timeout.LastHeartbeatDetails(&progress) != nil {
		return activities.BatchResult{}, false
	}
	return progress.Lost(parts)
}

// putBack hands out a batch again of which nothing is known.
func (o *overseer) putBack(parts []database.Range) {
	worked := make([]database.Range, len(parts))
	for i, part := range parts {
		part.Worked = true
		worked[i] = part
	}
	o.state.Buffer.putBack(worked)
	o.state.Pace.refund(worked)
}
