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
	settings Settings
	limits   Limits
	state    *State
	phase    string

	processes []process
	scanning  bool
	// continuing: the run is about to continue as new; nothing new is begun.
	continuing bool
	// pauseUntil lets locked rows be for a moment.
	pauseUntil time.Time
	// contended is how many batches in a row have met such rows.
	contended int
	// working is the context of running activities, recall cancels it.
	working workflow.Context
	recall  func()
	root    workflow.Context
	// describedAt is when the current details were last set.
	describedAt time.Time
	// youngest is how old the run must be to continue as new, begunAt when it began.
	youngest time.Duration
	begunAt  time.Time
	// together: the run's last batches end together when it is to continue as new,
	// at lastEnd; zero: it is not yet.
	together bool
	lastEnd  time.Time
	// ending is how the run comes to its end before it is complete.
	ending ending
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
	if o.endsEarly() { // before it had begun
		return o.end(ctx, root)
	}
	o.phase = PhaseRunning
	version := workflow.GetVersion(ctx, continuingLater, workflow.DefaultVersion, 2)
	if version >= 1 {
		o.youngest = youngestRun
	}
	o.together = version >= 2
	o.state.Sizing.leastShare = plainShare
	if workflow.GetVersion(ctx, sharesByProcesses, workflow.DefaultVersion, 1) >= 1 {
		o.state.Sizing.leastShare = leastShare(o.limits.Processes)
	}
	o.describe()
	o.start(ctx)
	if err := workflow.Await(ctx, func() bool { return o.finished() || o.shouldContinue() }); err != nil {
		return Summary{}, err
	}
	if o.finished() {
		return o.end(ctx, root)
	}
	return o.continueAsNew(ctx, root)
}

func (m *MigrationOverseer) newOverseer(ctx workflow.Context, input Input) *overseer {
	o := &overseer{scanner: m.Scanner, migrator: m.Migrator, root: ctx, phase: PhaseStarting,
		settings: input.Settings, limits: input.Settings.Limits, state: input.State, begunAt: workflow.Now(ctx)}
	if o.state == nil {
		o.state = &State{StartedAt: workflow.Now(ctx), Expected: input.Settings.Expected,
			Control: Control{FailureLimit: int64(o.limits.FailureLimit)}, Pace: Pace{Rate: o.limits.Rate}}
		o.state.Begun.Run.ID = workflow.GetInfo(ctx).FirstRunID
	}
	o.limits.Rate = o.state.Pace.Rate // it may have been changed since the start
	o.processes = make([]process, o.limits.Processes)
	o.renewContext()
	return o
}

// renewContext makes the context of the activities to come; recall cancels those
// that run in it.
func (o *overseer) renewContext() {
	working, cancel := workflow.WithCancel(o.root)
	o.working = working
	o.recall = func() {
		cancel()
		o.renewContext()
	}
}

// begin prepares the database and finds out what the run covers.
func (o *overseer) begin(ctx workflow.Context) error {
	begin := activities.Begin{Order: o.order(), Environment: o.settings.Environment, Cluster: o.settings.Cluster,
		Reset: o.settings.Reset, TakeOver: o.settings.TakeOver, SameLedger: o.settings.SameLedger, Part: o.settings.Part()}
	running := workflow.ExecuteActivity(shortOptions(o.working, "begin the run"), o.scanner.BeginRun, begin)
	if err := workflow.Await(ctx, func() bool { return running.IsReady() || o.state.Control.Cancelled }); err != nil {
		return err
	}
	if !running.IsReady() {
		o.recall()
		if !within(ctx, recallTime, running.IsReady) {
			return nil
		}
	}
	if err := running.Get(ctx, &o.state.Begun); err != nil {
		if runOver(err) || !o.endsEarly() {
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
	for i := range o.processes {
		o.processes[i] = process{number: i + 1, since: workflow.Now(ctx)}
		workflow.GoNamed(ctx, "process", func(ctx workflow.Context) { o.work(ctx, &o.processes[i]) })
	}
	workflow.GoNamed(ctx, "alarm", o.alarm)
	workflow.GoNamed(ctx, "wind up", o.windUp)
}

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
		times = append(times, o.pauseUntil)
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

// halted tells whether nothing new may be begun.
func (o *overseer) halted() bool {
	return o.continuing || o.state.Control.Paused || o.endsEarly()
}

func (o *overseer) inFlight() bool {
	for i := range o.processes {
		if o.processes[i].busy {
			return true
		}
	}
	return o.scanning
}

// finished tells whether all is done, or all that was running when the run was to
// end.
func (o *overseer) finished() bool {
	if (o.inFlight() && !o.ending.abandoned) || o.continuing {
		return false
	}
	if o.endsEarly() {
		return true
	}
	return o.state.Scan.Done && len(o.state.Buffer.Ranges) == 0 && len(o.state.Troubled.Waiting) == 0 &&
		!o.state.Control.Paused && !o.sweepDue() && o.closed()
}

const (
	// youngestRun is how old a run is at least when it continues as new: Temporal
	// lets the next one of a younger run wait until a second is over, and then for up
	// to a second more.
	youngestRun = time.Second
	// continuingLater is the change whose first version brought youngestRun, and whose
	// second one batches that end together before.
	continuingLater = "no continue-as-new within a second"
	// sharesByProcesses is the change that made the last batches' least share go by
	// the number of processes.
	sharesByProcesses = "least share by processes"
)

// continuesSoon tells whether the run should continue as new once its batches have
// ended: Temporal suggests it, and the run is old enough.
func (o *overseer) continuesSoon(now time.Time) bool {
	return workflow.GetInfo(o.root).GetContinueAsNewSuggested() && now.Sub(o.begunAt) >= o.youngest
}

// shouldContinue tells whether to continue as new: the batches that are running end
// about now.
func (o *overseer) shouldContinue() bool {
	now := workflow.Now(o.root)
	if !o.continuesSoon(now) {
		return false
	}
	return !o.together || !o.inFlight() || (!o.lastEnd.IsZero() && o.lastEnd.Sub(now) < o.state.Sizing.leastShare)
}

// bounded is the size of a batch that ends together with the others when the run
// is to continue as new, so that no process waits long for the others.
func (o *overseer) bounded(now time.Time, size int) int {
	if !o.together || !o.continuesSoon(now) {
		return size
	}
	if o.lastEnd.IsZero() {
		o.lastEnd = now.Add(o.state.Sizing.batchTime(o.limits))
	}
	return o.state.Sizing.within(size, o.lastEnd.Sub(now))
}

func (o *overseer) continueAsNew(ctx, root workflow.Context) (Summary, error) {
	o.continuing = true
	if err := o.drain(ctx); err != nil {
		return Summary{}, err
	}
	if o.endsEarly() { // seen while draining: it would not be carried over
		return o.end(ctx, root)
	}
	o.state.Runs++
	return Summary{}, workflow.NewContinueAsNewError(root, WorkflowName, Input{Settings: o.settings, State: o.state})
}

func (o *overseer) drain(ctx workflow.Context) error {
	timer, cancel := workflow.WithCancel(ctx)
	defer cancel()
	patience := workflow.NewTimer(timer, o.limits.drainTime())
	idle := func() bool { return !o.inFlight() || o.ending.abandoned }
	if err := workflow.Await(ctx, func() bool { return idle() || patience.IsReady() }); err != nil {
		return err
	}
	if !idle() {
		o.recall()
	}
	return workflow.Await(ctx, func() bool { return idle() && workflow.AllHandlersFinished(ctx) })
}

// partial tells whether the run leaves customers of the table out: then the
// paging state, which is that of the whole table's scan, is not its own.
func (o *overseer) partial() bool { return o.settings.File != nil || o.order().Partial }
