package workflows

import (
	"errors"
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/internal/noun"
)

// Control is what people, or a limit, have told the run.
type Control struct {
	Paused      bool   `json:"paused,omitempty"`
	PauseReason string `json:"pause_reason,omitempty"`
	// Cancelled: nothing new is begun; what is running finishes.
	Cancelled    bool   `json:"cancelled,omitempty"`
	CancelReason string `json:"cancel_reason,omitempty"`
	// Now: what is running is called back at once.
	Now bool `json:"now,omitempty"`
	// FromTemporal: the cancellation came from Temporal, not by our update.
	FromTemporal bool `json:"from_temporal,omitempty"`
	// Asked is what was asked for last.
	Asked Asked `json:"asked,omitzero"`
	// FailureLimit is in force; each resume raises it.
	FailureLimit int64 `json:"failure_limit"`
	// LastFailure is the row that has failed last, and why.
	LastFailure string `json:"last_failure,omitempty"`
}

// Asked is what somebody has asked a run for: an update's name, who, where and when.
type Asked struct {
	For string    `json:"for"`
	By  string    `json:"by,omitempty"`
	At  time.Time `json:"at"`
}

// Names of the overseer's updates and queries.
const (
	UpdatePause  = "pause"
	UpdateResume = "resume"
	UpdateCancel = "cancel"
	QueryStatus  = "status"
)

// PauseRequest pauses a run; the reason is shown.
type PauseRequest struct {
	Reason string `json:"reason,omitempty"`
	By     string `json:"by,omitempty"`
}

// ResumeRequest resumes a paused run. Mended, if any, is what the workers serve from
// now on, of the same migration and table: a mended definition, another build of the
// program, or the server that has taken the place of another.
type ResumeRequest struct {
	Mended *activities.Fingerprint `json:"mended,omitempty"`
	By     string                  `json:"by,omitempty"`
}

// mends reports whether the request names something else than the run expects.
func (r ResumeRequest) mends(expected activities.Fingerprint) bool {
	return r.Mended != nil && !r.Mended.Same(expected)
}

// CancelRequest ends a run: running batches finish for a bounded time, and the next
// start goes on from the paging state. Now calls them back at once; it may be said
// of a run that is ending already.
type CancelRequest struct {
	Reason string `json:"reason,omitempty"`
	Now    bool   `json:"now,omitempty"`
	By     string `json:"by,omitempty"`
}

func (c *Control) pause(reason string) {
	c.Paused, c.PauseReason = true, reason
}

// resume goes on, and lets as many more customers fail as at the beginning.
func (c *Control) resume(failed int64, limits Limits) {
	c.Paused, c.PauseReason = false, ""
	if failed > c.FailureLimit {
		c.FailureLimit = max(failed, c.FailureLimit+int64(limits.FailureLimit))
	}
}

// cancel ends the run; the first reason that was given stays.
func (c *Control) cancel(reason, otherwise string) {
	if reason == "" && !c.Cancelled {
		reason = otherwise
	}
	if reason != "" {
		c.CancelReason = reason
	}
	c.Cancelled = true
}

// tooMany says that more rows have failed than the limit allows; empty: they have not, or
// the run is paused. It does not say how many, as batches that are running may fail more.
func (c *Control) tooMany(failed int64, rows noun.Noun, limits Limits) string {
	if failed <= c.FailureLimit || c.Paused {
		return ""
	}
	text := fmt.Sprintf("too many %s failed: more than the failure limit of %d (customer-migration/failure-limit)", rows.Many, c.FailureLimit)
	if c.FailureLimit > int64(limits.FailureLimit) {
		text = fmt.Sprintf("more than %s failed: customer-migration/failure-limit is %d, and resuming has raised it to %d", rows.Count(c.FailureLimit), limits.FailureLimit, c.FailureLimit)
	}
	if c.LastFailure != "" {
		text += "; the last one, " + c.LastFailure
	}
	return text
}

// halt pauses the run by itself; one that is to fail fast ends.
func (o *overseer) halt(reason string) {
	if o.settings.FailFast {
		o.fail(temporal.NewNonRetryableApplicationError(reason, "FailFast", nil))
		return
	}
	o.state.Control.pause(reason)
	o.interrupt()
}

// handle lets people control the run.
func (o *overseer) handle(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetQueryHandler(ctx, QueryStatus, o.answer),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdatePause, o.onPause, o.described("pause the migration: running batches finish, nothing new is begun", o.ending.refuse)),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateResume, o.onResume, workflow.UpdateHandlerOptions{
			Description: "resume a paused migration", Validator: o.validateResume}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, o.onCancel, workflow.UpdateHandlerOptions{
			Description: "end the migration; the next start goes on from its paging state"}),
		workflow.SetQueryHandler(ctx, activities.QuerySettings, o.guardSettings),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateSet, o.onSet, workflow.UpdateHandlerOptions{
			Description: "change settings from now on, by their configuration keys", Validator: o.validateSet}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRate, o.onRate, workflow.UpdateHandlerOptions{
			Description: "set the " + o.rows().Many + " a second from now on; 0: unlimited", Validator: o.validateRate}),
	)
}

func (o *overseer) described(description string, check func() error) workflow.UpdateHandlerOptions {
	return workflow.UpdateHandlerOptions{Description: description, Validator: func(PauseRequest) error { return check() }}
}

// sameWork reports whether both are about the same migration of a table of one name
// and one key, with the books in the same place.
func sameWork(one, other activities.Fingerprint) bool {
	return one.Migration == other.Migration && one.Target.Driver == other.Target.Driver && one.Target.Database == other.Target.Database &&
		one.Target.Table == other.Target.Table && one.Target.Key == other.Target.Key && one.Target.Books == other.Target.Books
}

func (o *overseer) validateResume(request ResumeRequest) error {
	mended := request.mends(o.state.Expected)
	if mended && !sameWork(*request.Mended, o.state.Expected) {
		return temporal.NewApplicationError(fmt.Sprintf("the migration is about %s; the worker has %s", o.state.Expected, *request.Mended), "WrongWorker")
	}
	if !o.state.Control.Paused && !mended {
		return temporal.NewApplicationError("the migration is not paused", "NotPaused")
	}
	return o.ending.refuse()
}

func (o *overseer) onPause(ctx workflow.Context, request PauseRequest) (Status, error) {
	reason := request.Reason
	switch {
	case reason != "":
	case o.state.Control.Paused: // the reason that it has stays
		reason = o.state.Control.PauseReason
	default:
		reason = "paused by request"
	}
	o.state.Control.pause(reason)
	o.interrupt()
	o.asked(ctx, UpdatePause, request.By)
	o.describe()
	return o.status(), nil
}

func (o *overseer) onResume(ctx workflow.Context, request ResumeRequest) (Status, error) {
	if request.mends(o.state.Expected) {
		name := o.state.Expected.Target.RowName
		o.state.Expected = *request.Mended
		o.state.Expected.Target.RowName = name
		o.crew.recall() // running batches expect the old definition, and are refused for ever
	}
	o.state.Control.resume(o.state.Account.Totals.Failed, o.limits)
	o.state.Pace.begin(workflow.Now(ctx))
	o.asked(ctx, UpdateResume, request.By)
	o.describe()
	return o.status(), nil
}

func (o *overseer) onCancel(ctx workflow.Context, request CancelRequest) (Status, error) {
	o.state.Control.cancel(request.Reason, "cancelled by request")
	o.state.Control.Now = o.state.Control.Now || request.Now
	o.asked(ctx, UpdateCancel, request.By)
	o.describe()
	return o.status(), nil
}

func (o *overseer) asked(ctx workflow.Context, what, by string) {
	o.state.Control.Asked = Asked{For: what, By: by, At: workflow.Now(ctx)}
}

// listen turns a cancellation from Temporal (its Web UI, its command line) into
// our own: running batches finish, and the paging state is saved.
func (o *overseer) listen(root workflow.Context) {
	root.Done().Receive(root, nil)
	if root.Err() != nil {
		o.state.Control.cancel("", "cancelled from Temporal")
		o.state.Control.FromTemporal = true
	}
}

// UpdateRate is the overseer's update that changes the rate of a running migration.
const UpdateRate = "rate"

// RateRequest sets the customers a second over all processes and workers from now
// on, instead of customer-migration/rate; 0: unlimited. Batches in hand end as
// they are.
type RateRequest struct {
	Rate float64 `json:"rate"`
	By   string  `json:"by,omitempty"`
}

// Valid reports whether the rate is a number from 0 on.
func (r RateRequest) Valid() bool { return r.Rate >= 0 && !math.IsInf(r.Rate, 0) }

func (o *overseer) validateRate(request RateRequest) error {
	if !request.Valid() {
		return temporal.NewApplicationError("the rate must be a number of "+o.rows().Many+" a second, or 0 for no limit", "Rate")
	}
	return o.ending.refuse()
}

// changeRate lets another rate hold, at once: batches of the one before are called back.
func (o *overseer) changeRate(ctx workflow.Context, rate float64) {
	if o.state.Sizing.Spread && o.limits.BatchSize == 0 {
		o.crew.recall()
	}
	o.state.Pace.change(workflow.Now(ctx), rate)
}

func (o *overseer) onRate(ctx workflow.Context, request RateRequest) (Status, error) {
	o.changeRate(ctx, request.Rate)
	o.limits.Rate = request.Rate
	o.asked(ctx, UpdateRate, request.By)
	o.describe()
	return o.status(), nil
}
