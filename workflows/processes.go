package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// task is what a process takes on: a batch, or a troubled customer.
type task struct {
	ranges   []database.Range
	customer TroubledCustomer
	// rate is at how many rows a second the batch is spread; 0: at none.
	rate float64
}

// work takes tasks until the run ends.
func (o *overseer) work(ctx workflow.Context, p *process) {
	for {
		if err := workflow.Await(ctx, func() bool { return p.number <= o.limits.Processes && o.available(workflow.Now(ctx)) }); err != nil {
			return
		}
		next := o.take(workflow.Now(ctx))
		o.busy(ctx, p, next)
		if len(next.ranges) > 0 {
			o.migrateBatch(ctx, p, next)
		} else {
			o.migrateCustomer(ctx, p, next.customer)
		}
		*p = process{number: p.number, since: workflow.Now(ctx)}
		if reason := o.state.Control.tooMany(o.state.Account.Totals.Failed, o.rows(), o.limits); reason != "" {
			o.halt(reason)
		}
		o.describe()
	}
}

func (o *overseer) busy(ctx workflow.Context, p *process, next task) {
	*p = process{number: p.number, busy: true, since: workflow.Now(ctx), ranges: next.ranges, customers: countCustomers(next.ranges), rate: next.rate}
	if len(next.ranges) == 0 {
		p.customer = &next.customer
	}
}

// available reports whether there is something to do for a process.
func (o *overseer) available(now time.Time) bool {
	if o.halted() {
		return false
	}
	if due := o.state.Troubled.due(); !due.IsZero() && !due.After(now) {
		return true
	}
	return len(o.state.Buffer.Ranges) > 0 && !o.state.Troubled.full() &&
		!now.Before(o.crew.pauseUntil) && o.inTurn(now)
}

// inTurn reports whether the rate allows another batch now: by the clock, or, where
// batches are spread over their time, as long as those in hand leave some of it. However
// late they are, none is taken in their place: when a worker or a server comes back, they
// would all go on at once.
func (o *overseer) inTurn(now time.Time) bool {
	if !o.state.Sizing.spreads(o.limits) {
		return o.state.Pace.allows(now)
	}
	return o.spread() > 0
}

// spread is at how many rows a second the next batch is spread; 0: those in hand leave
// none of the rate.
func (o *overseer) spread() float64 {
	share := o.state.Sizing.share(o.limits)
	rest := min(share, o.limits.Rate-o.crew.rate())
	if rest < leastSpread*share {
		return 0
	}
	return rest
}

// interrupt calls back batches that last long for the rate's sake, so that what was asked
// for holds at once.
func (o *overseer) interrupt() {
	if o.state.Sizing.spreads(o.limits) {
		o.crew.recall()
	}
}

// take takes a troubled customer who is due, else a batch.
func (o *overseer) take(now time.Time) task {
	if customer, found := o.state.Troubled.take(now); found {
		return task{customer: customer}
	}
	size := o.state.Sizing.batch(o.limits)
	if o.state.Scan.Done {
		size = o.state.Sizing.lastBatch(o.limits, o.state.Buffer.Customers())
	}
	next := task{}
	if o.state.Sizing.spreads(o.limits) {
		next.rate = o.spread()
		size = min(size, max(1, int(next.rate*o.state.Sizing.lasting(o.limits).Seconds())))
	}
	next.ranges = o.state.Buffer.take(o.bounded(now, size))
	if next.rate == 0 {
		o.state.Pace.spend(now, countCustomers(next.ranges))
		next.rate = o.state.Sizing.cadence(o.limits, countCustomers(next.ranges))
	}
	return next
}

// migrateBatch hands out a batch, and books what came of it.
func (o *overseer) migrateBatch(ctx workflow.Context, p *process, next task) {
	parts := next.ranges
	batch := activities.Batch{Order: o.order(), Process: p.number, Ranges: parts, LowWater: o.lowWater(),
		TransactionSize: o.limits.TransactionSize, SetsAtOnce: o.limits.SetsAtOnce, BatchTime: o.state.Sizing.lasting(o.limits), Rate: next.rate}
	var result activities.BatchResult
	working := o.crew.working
	err := workflow.ExecuteActivity(spreadOptions(working, o.limits, batchSummary(o.rows(), parts)), o.migrator.MigrateCustomers, batch).Get(ctx, &result)
	if err != nil {
		o.lose(ctx, parts, err)
		o.broken(working, err)
		return
	}
	now := workflow.Now(ctx)
	o.book(now, parts, result)
	o.state.Sizing.observe(result, o.limits)
	o.state.Slowed.note(result.Beside)
	o.addNeeded(result)
	if result.RestReason == activities.RestBroken {
		o.halt("a batch fails again and again, and no row of it is to blame: " + result.Failure + "; mend the cause, then resume")
	}
	o.crew.met(now, result)
	if o.crew.lockedByNobody(now) {
		o.halt("rows are refused again and again by errors that speak of other sessions, and none is known to be in their way: " + result.Failure + "; mend the cause, then resume")
	}
}

// book books what a batch has come to, and hands out the rest of it again.
func (o *overseer) book(now time.Time, parts []database.Range, result activities.BatchResult) {
	o.state.Account.batch(parts, result)
	o.state.Buffer.putBack(result.Rest)
	o.state.Pace.refund(result.Rest)
	o.state.Pace.refundUnwritten(result.Ranges)
	o.state.Troubled.add(result.Troubled, now, now.Add(backOff(o.limits, 1)))
	o.addRefused(result.Refused)
}

// lowWater is the paging state to save, if it has moved.
func (o *overseer) lowWater() *database.PagingState {
	mark := o.state.Account.LowWater
	if mark == nil || o.settings.DryRun || mark.Sequence == o.state.Scan.Saved {
		return nil
	}
	o.state.Scan.Saved = mark.Sequence
	return mark
}

// refusedExamples is how many refused customers a dry run shows.
const refusedExamples = 10

func (o *overseer) addRefused(found []activities.Troubled) {
	free := max(0, refusedExamples-len(o.state.Refused))
	o.state.Refused = append(o.state.Refused, found[:min(free, len(found))]...)
}

// migrateCustomer gives a troubled row another attempt, of its own.
func (o *overseer) migrateCustomer(ctx workflow.Context, p *process, customer TroubledCustomer) {
	if customer.Attempts >= o.limits.Attempts {
		o.bury(ctx, customer)
		return
	}
	single := activities.Single{Order: o.order(), Process: p.number, Key: customer.Key, Sequence: customer.Sequence, TellLocks: true}
	var outcome string
	working := o.crew.working
	err := workflow.ExecuteActivity(batchOptions(working, customerSummary(o.rows(), customer, o.limits)), o.migrator.MigrateCustomer, single).Get(ctx, &outcome)
	now := workflow.Now(ctx)
	refusal, refused := refusalOf(err)
	switch {
	case refused && working.Err() == nil:
		o.refuse(ctx, customer, refusal)
	case err == nil && outcome == activities.OutcomeLocked:
		o.again(customer, now.Add(lockPause))
	case err == nil:
		o.state.Account.single(customer.Sequence, outcome)
	case customerError(err) != "":
		customer.Attempts++
		customer.Error = customerError(err)
		if customer.Attempts >= o.limits.Attempts && working.Err() == nil {
			o.bury(ctx, customer)
			return
		}
		o.again(customer, now.Add(backOff(o.limits, customer.Attempts)))
	default:
		o.again(customer, now)
		o.broken(working, err)
	}
}

// refuse lets a row wait that was refused for others' sake. One in whose way nobody is
// known to be is refused for its own sake in the end.
func (o *overseer) refuse(ctx workflow.Context, customer TroubledCustomer, refusal activities.Refusal) {
	now := workflow.Now(ctx)
	customer.refuse(now, refusal)
	if customer.toBlame(now) {
		customer.Attempts += customer.Refused
		o.bury(ctx, customer)
		return
	}
	o.again(customer, now.Add(customer.refusedPause()))
}

func (o *overseer) again(customer TroubledCustomer, due time.Time) {
	customer.Due = due
	o.state.Troubled.Waiting = append(o.state.Troubled.Waiting, customer)
}

// bury writes the dead letter of a customer whose attempts are used up.
func (o *overseer) bury(ctx workflow.Context, customer TroubledCustomer) {
	burial := activities.Burial{Order: o.order(), Letter: database.DeadLetter{
		Key: customer.Key, Sequence: customer.Sequence, Error: customer.Error, Attempts: customer.Attempts}}
	var outcome string
	working := o.crew.working
	err := workflow.ExecuteActivity(shortOptions(working, "dead letter of "+o.rows().One+" "+cut(customer.Key)), o.migrator.BuryCustomer, burial).Get(ctx, &outcome)
	if err != nil {
		o.again(customer, workflow.Now(ctx))
		o.broken(working, err)
		return
	}
	if outcome == activities.OutcomeFailed {
		o.state.Control.LastFailure = database.CleanText(o.rows().One+" "+cut(customer.Key)+": "+customer.Error, lastFailureLength)
	}
	o.state.Account.single(customer.Sequence, outcome)
}

// lastFailureLength bounds the error that a pause shows: it is one line on a board.
const lastFailureLength = 200
