package workflows

import (
	"math"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// UpdateRate is the overseer's update that changes the rate of a running migration.
const UpdateRate = "rate"

// RateRequest sets the customers a second over all processes and workers from now
// on, in place of customer-migration/rate; 0: unlimited. Batches in hand end as
// they are.
type RateRequest struct {
	Rate float64 `json:"rate"`
	By   string  `json:"by,omitempty"`
}

// Valid tells whether the rate is a number from 0 on.
func (r RateRequest) Valid() bool { return r.Rate >= 0 && !math.IsInf(r.Rate, 0) }

func (o *overseer) validateRate(request RateRequest) error {
	if !request.Valid() {
		return temporal.NewApplicationError("the rate must be a number of customers a second, or 0 for no limit", "Rate")
	}
	return o.running()
}

func (o *overseer) onRate(ctx workflow.Context, request RateRequest) (Status, error) {
	o.state.Pace.change(workflow.Now(ctx), request.Rate)
	o.limits.Rate = request.Rate
	o.asked(ctx, UpdateRate, request.By)
	o.describe()
	return o.status(), nil
}
