package workflows

import (
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
		return o.end(ctx)
	}
	o.phase = PhaseRunning
	o.describe()
	o.start(ctx)
	if err := workflow.Await(ctx, func() bool { return o.finished() || o.continues(ctx) }); err != nil {
		return Summary{}, err
	}
	if o.finished() {
		o.preview(ctx)
		return o.end(ctx)
	}
	return o.continueAsNew(ctx, root)
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
	switch {
	case o.settings.Retry:
		o.state.Scan.startLetters()
	case o.settings.File != nil:
		o.state.Scan.startFile(*o.settings.File)
	default:
		o.state.Scan.start(o.state.Begun)
	}
	o.state.Pace.begin(workflow.Now(ctx))
	return nil
}

// start lets the scanner, the processes and the alarm run.
func (o *overseer) start(ctx workflow.Context) {
	workflow.GoNamed(ctx, "customer scanner", o.scan)
	o.hiring = ctx
	for i := range o.crew.processes {
		o.crew.processes[i] = process{number: i + 1, since: workflow.Now(ctx)}
		workflow.GoNamed(ctx, "process", func(ctx workflow.Context) { o.work(ctx, &o.crew.processes[i]) })
	}
	workflow.GoNamed(ctx, "alarm", o.alarm)
	workflow.GoNamed(ctx, "wind up", o.windUp)
}

// finished reports whether all is done, or all that was running when the run was to
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
