package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
)

// overseer is one run of the workflow, between two continue-as-news.
type overseer struct {
	// hiring is the context of processes; nil: none works yet.
	hiring   workflow.Context
	scanner  *activities.CustomerScanner
	migrator *activities.CustomerMigrator
	// limits are those of the settings, with the rate of now.
	settings Settings
	limits   Limits
	state    *State
	phase    string

	// crew is who works for the run, ending how the run comes to its end before it is
	// complete, and turnover how it continues as new.
	crew     crew
	ending   ending
	turnover turnover

	// describedAt is when the current details were last set.
	describedAt time.Time
	// attributes: the namespace knows our search attributes; listing is what they say.
	attributes bool
	listing    listing
}

func (m *MigrationOverseer) newOverseer(ctx workflow.Context, input Input) *overseer {
	o := &overseer{scanner: m.Scanner, migrator: m.Migrator, phase: PhaseStarting, settings: input.Settings, limits: input.Settings.Limits, attributes: input.Attributes,
		state: input.State, turnover: turnover{begunAt: workflow.Now(ctx)}}
	if o.state == nil {
		o.state = &State{StartedAt: workflow.Now(ctx), Expected: input.Settings.Expected,
			Control: Control{FailureLimit: int64(o.limits.FailureLimit)}, Pace: Pace{Rate: o.limits.Rate}}
		o.state.Begun.Run.ID = workflow.GetInfo(ctx).FirstRunID
		o.state.Sizing.Least = newLeastRange(ctx)
		o.state.Sizing.Cadence = workflow.GetVersion(ctx, changeCadence, workflow.DefaultVersion, 1) == 1
		o.state.Sizing.Spread = workflow.GetVersion(ctx, changeSpread, workflow.DefaultVersion, 1) == 1
	}
	o.adopt()
	o.limits.Rate = o.state.Pace.Rate // it may have been changed since the start
	o.ending.control = &o.state.Control
	o.crew = crew{root: ctx, processes: make([]process, o.limits.Processes, max(o.limits.Processes, mostProcesses))}
	o.crew.renew()
	return o
}

// halted reports whether nothing new may be begun.
func (o *overseer) halted() bool {
	return o.turnover.continuing || o.state.Control.Paused || o.ending.early()
}

// partial reports whether the run leaves customers of the table out: then the
// paging state, which is that of the whole table's scan, is not its own.
func (o *overseer) partial() bool { return o.settings.File != nil || o.order().Partial }

// order is what every activity of the run is told.
func (o *overseer) order() activities.Order {
	return activities.Order{Wishes: wishesIn(o.state.Set), Run: o.state.Begun.Run, Expected: o.state.Expected, DryRun: o.settings.DryRun, Again: o.settings.Again, Since: o.state.Begun.Since, File: o.settings.File,
		Partial: o.state.Begun.Partial || o.settings.Retry || !o.settings.Part().Whole()}
}
