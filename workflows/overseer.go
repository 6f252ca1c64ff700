package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
)

// WorkflowName is the overseer's workflow type.
const WorkflowName = "OverseeMigration"

// MigrationOverseer is the component whose workflow oversees a migration. Its
// fields are the components whose activities it hands out.
type MigrationOverseer struct {
	Scanner  *activities.CustomerScanner
	Migrator *activities.CustomerMigrator
}

// overseer is one run of the workflow, between two continue-as-news.
type overseer struct {
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
}

// OverseeMigration migrates all customers, and returns the summary.
func (m *MigrationOverseer) OverseeMigration(root workflow.Context, input Input) (Summary, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	o := m.newOverseer(ctx, input)
	if err := o.handle(ctx); err != nil {
		return Summary{}, err
	}
	workflow.Go(root, o.listen)
	if input.State == nil {
		if err := o.begin(ctx); err != nil {
			return Summary{}, err
		}
	}
	if o.ending.early() { // before it had begun
		return o.end(ctx, root)
	}
	o.phase = PhaseRunning
	o.describe()
	o.start(ctx)
	if err := workflow.Await(ctx, func() bool { return o.finished() || o.continues(ctx) }); err != nil {
		return Summary{}, err
	}
	if o.finished() {
		return o.end(ctx, root)
	}
	return o.continueAsNew(ctx, root)
}

func (m *MigrationOverseer) newOverseer(ctx workflow.Context, input Input) *overseer {
	o := &overseer{scanner: m.Scanner, migrator: m.Migrator, phase: PhaseStarting, settings: input.Settings, limits: input.Settings.Limits,
		state: input.State, turnover: turnover{begunAt: workflow.Now(ctx)}}
	if o.state == nil {
		o.state = &State{StartedAt: workflow.Now(ctx), Expected: input.Settings.Expected,
			Control: Control{FailureLimit: int64(o.limits.FailureLimit)}, Pace: Pace{Rate: o.limits.Rate}}
		o.state.Begun.Run.ID = workflow.GetInfo(ctx).FirstRunID
	}
	o.limits.Rate = o.state.Pace.Rate // it may have been changed since the start
	o.ending.control = &o.state.Control
	o.crew = crew{root: ctx, processes: make([]process, o.limits.Processes)}
	o.crew.renew()
	return o
}

// begin prepares the database and finds out what the run covers.
func (o *overseer) begin(ctx workflow.Context) error {
	begin := activities.Begin{Order: o.order(), Environment: o.settings.Environment, Cluster: o.settings.Cluster,
		Reset: o.settings.Reset, TakeOver: o.settings.TakeOver, SameLedger: o.settings.SameLedger, Part: o.settings.Part()}
	running := workflow.ExecuteActivity(shortOptions(o.crew.working, "begin the run"), o.scanner.BeginRun, begin)
	if err := workflow.Await(ctx, func() bool { return running.IsReady() || o.state.Control.Cancelled }); err != nil {
		return err
	}
	if !running.IsReady() {
		o.crew.recall()
		if !within(ctx, recallTime, running.IsReady) {
			return nil
		}
	}
	if err := running.Get(ctx, &o.state.Begun); err != nil {
		if runOver(err) || !o.ending.early() {
			o.fail(err)
		}
		return nil
	}
	if o.settings.File != nil {
		o.state.Scan.startFile(*o.settings.File)
	} else {
		o.state.Scan.start(o.state.Begun)
	}
	o.state.Pace.begin(workflow.Now(ctx))
	return nil
}

// start lets the scanner, the processes and the alarm run.
func (o *overseer) start(ctx workflow.Context) {
	workflow.GoNamed(ctx, "customer scanner", o.scan)
	for i := range o.crew.processes {
		o.crew.processes[i] = process{number: i + 1, since: workflow.Now(ctx)}
		workflow.GoNamed(ctx, "process", func(ctx workflow.Context) { o.work(ctx, &o.crew.processes[i]) })
	}
	workflow.GoNamed(ctx, "alarm", o.alarm)
	workflow.GoNamed(ctx, "wind up", o.windUp)
}

// halted tells whether nothing new may be begun.
func (o *overseer) halted() bool {
	return o.turnover.continuing || o.state.Control.Paused || o.ending.early()
}

// finished tells whether all is done, or all that was running when the run was to
// end.
func (o *overseer) finished() bool {
	if (o.crew.inFlight() && !o.ending.abandoned) || o.turnover.continuing {
		return false
	}
	if o.ending.early() {
		return true
	}
	return o.state.Scan.Done && len(o.state.Buffer.Ranges) == 0 && len(o.state.Troubled.Waiting) == 0 &&
		!o.state.Control.Paused && !o.sweepDue() && o.closed()
}

// partial tells whether the run leaves customers of the table out: then the
// paging state, which is that of the whole table's scan, is not its own.
func (o *overseer) partial() bool { return o.settings.File != nil || o.order().Partial }

// order is what every activity of the run is told.
func (o *overseer) order() activities.Order {
	return activities.Order{Run: o.state.Begun.Run, Expected: o.state.Expected, DryRun: o.settings.DryRun, Again: o.settings.Again, Since: o.state.Begun.Since, File: o.settings.File,
		Partial: o.state.Begun.Partial || !o.settings.Part().Whole()}
}
