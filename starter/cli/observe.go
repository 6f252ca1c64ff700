package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"db-migrate/activities"
	"db-migrate/workflows"
)

// observation is what the starter knows of a run at a moment.
type observation struct {
	status workflows.Status
	// known: the status has been answered at least once, or is Temporal's of a run that is
	// over. named: what the run is about has been read for that.
	known, named bool
	// beats is how far each process's batch has come, by its number.
	beats map[int]activities.Progress
	// troubles are attempts that failed and will be repeated.
	troubles []string
	// stale says why the status is old, since is when it was answered.
	stale string
	since time.Time
	// closed is how the run ended; nil: it has not, or that is not known.
	closed *closure
	// ways lead out of a pause.
	ways ways
	// elapsed is how long a run that is over took, in seconds.
	elapsed float64
}

// beatOf is how far a process's batch has come. The status and the heartbeats are asked
// for one after the other: a heartbeat of another batch's size is not of this one.
func (o observation) beatOf(process workflows.ProcessStatus) (activities.Progress, bool) {
	beat, beating := o.beats[process.Number]
	return beat, beating && process.Busy && (beat.Of == process.Customers || process.Customer != nil)
}

// ways are what to type where a run is paused.
type ways struct{ resume, cancel string }

func (w ways) String() string {
	if w.resume == "" {
		return ""
	}
	return fmt.Sprintf(" (go on: %s; end it: %s)", w.resume, w.cancel)
}

func (f *flags) ways() ways { return ways{f.again("resume"), f.again("cancel")} }

// observer asks Temporal how a run goes. It keeps the last answer when there is
// none, and never gives up.
type observer struct {
	temporal  *connection
	id        string
	last      observation
	described time.Time
}

const (
	// queryTime bounds a query: without a worker it would wait 5 s and more.
	queryTime = 2 * time.Second
	// describeEvery is how often pending activities are looked at.
	describeEvery = time.Second
)

// observe asks once. Every error is kept as a note beside the last answer.
func (o *observer) observe(ctx context.Context) observation {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	status, err := o.query(asking)
	if err != nil {
		o.last.stale = explain(err)
	} else {
		o.temporal.name(&status.Target)
		o.last.status, o.last.known, o.last.stale, o.last.since = status, true, "", time.Now()
	}
	if time.Since(o.described) >= describeEvery {
		o.described = time.Now()
		if err := o.describe(ctx); err != nil && o.last.stale == noAnswer {
			o.last.stale = "Temporal does not answer"
		}
	}
	o.conclude()
	return o.last
}

// conclude makes what Temporal knows of the run's end part of the status: an overseer
// that was ended from outside cannot tell it.
func (o *observer) conclude() {
	closed := o.last.closed
	if closed == nil {
		return
	}
	status := &o.last.status
	if !o.last.known && closed.summary != nil && o.last.named {
		o.last.known, o.last.stale = true, ""
		status.Totals, status.DryRun, status.Scanner.State = closed.summary.Totals, closed.summary.DryRun, workflows.ScannerHalted
		status.Unnoted, o.last.elapsed = closed.summary.Unnoted, closed.summary.ElapsedSeconds
	}
	status.Phase = closed.phase
	if closed.summary != nil {
		status.CancelReason = cmp.Or(status.CancelReason, closed.summary.CancelReason)
	}
	if closed.reason != "" {
		status.Reason = closed.reason
	}
}

// close reads how the run ended, and what it was about.
func (o *observer) close(ctx context.Context, info *workflowpb.WorkflowExecutionInfo) {
	if o.last.closed == nil {
		end, err := o.temporal.closure(ctx, o.id, info.GetExecution().GetRunId())
		if err != nil {
			return
		}
		o.last.closed = &end
	}
	if o.last.known {
		return
	}
	input, err := o.temporal.input(ctx, o.id, info.GetExecution().GetRunId())
	if err != nil {
		return
	}
	settings := input.Settings
	o.temporal.name(&settings.Expected.Target)
	o.last.named = true
	o.last.status = workflows.Status{Migration: settings.Migration, Environment: settings.Environment, Target: settings.Expected.Target, Expected: settings.Expected,
		File: settings.File, From: settings.From, To: settings.To, StartedAt: info.GetStartTime().AsTime()}
	if input.State != nil {
		o.last.status.StartedAt = input.State.StartedAt
	}
}

func (o *observer) query(ctx context.Context) (workflows.Status, error) {
	return o.temporal.statusOf(ctx, o.id, "")
}

// statusOf asks a run for its status; without a run's id, the newest of that workflow. One
// that has ended answers, too, as long as a worker and its history are there.
func (t *connection) statusOf(ctx context.Context, id, runID string) (workflows.Status, error) {
	var status workflows.Status
	answer, err := t.QueryWorkflow(ctx, id, runID, workflows.QueryStatus)
	if err != nil {
		return status, err
	}
	return status, answer.Get(&status)
}

// totalsNow are the totals of a status, with what the batches in hand have done by what was
// last heard of them, as starter status shows them.
func (t *connection) totalsNow(ctx context.Context, id string, status workflows.Status) workflows.Totals {
	looking := &observer{temporal: t, id: id, last: observation{status: status, known: true}}
	if isOver(status.Phase) || looking.describe(ctx) != nil {
		return status.Totals
	}
	return looking.last.totals()
}

// describe looks at what Temporal itself knows: heartbeats and failed attempts.
func (o *observer) describe(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	description, err := o.temporal.DescribeWorkflowExecution(asking, o.id, "")
	if err != nil {
		return err
	}
	info := description.GetWorkflowExecutionInfo()
	if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING && (o.last.closed == nil || !o.last.known) {
		o.close(asking, info)
	}
	o.last.beats, o.last.troubles = map[int]activities.Progress{}, nil
	for _, pending := range description.GetPendingActivities() {
		o.beat(pending)
		if failure := pending.GetLastFailure(); failure != nil && pending.GetAttempt() > 1 {
			o.last.troubles = append(o.last.troubles, fmt.Sprintf("%s, attempt %d: %s",
				pending.GetActivityType().GetName(), pending.GetAttempt(), failure.GetMessage()))
		}
	}
	if task := description.GetPendingWorkflowTask(); task.GetAttempt() > 1 {
		o.last.troubles = append(o.last.troubles, fmt.Sprintf("the overseer's workflow task fails, attempt %d: see the worker's log", task.GetAttempt()))
	}
	return nil
}

// beat reads how far a batch has come. What was heard of an attempt holds, too, while it is
// called back, or waits to be repeated: its worker may be lost, its rows are not.
func (o *observer) beat(pending *workflowpb.PendingActivityInfo) {
	var progress activities.Progress
	if pending.GetHeartbeatDetails() == nil ||
		converter.GetDefaultDataConverter().FromPayloads(pending.GetHeartbeatDetails(), &progress) != nil || progress.Process == 0 {
		return
	}
	if pending.GetState() != enums.PENDING_ACTIVITY_STATE_STARTED {
		progress.Beside = nil // nothing is at work beside the site
	}
	o.last.beats[progress.Process] = progress
}

// noAnswer is said where Temporal answers and no worker does.
const noAnswer = "no worker answers"

// explain says why there is no answer, in a few words.
func explain(err error) string {
	var unavailable *serviceerror.Unavailable
	var precondition *serviceerror.FailedPrecondition
	var failed *serviceerror.QueryFailed
	var notReady *serviceerror.WorkflowNotReady // its task was handed to a worker that has not come back
	switch {
	case errors.As(err, &unavailable):
		return "Temporal is not reachable"
	case errors.As(err, &precondition), errors.As(err, &notReady), errors.Is(err, context.DeadlineExceeded), isDeadline(err):
		return noAnswer
	case errors.As(err, &failed):
		return "the worker cannot answer: " + failed.Message
	}
	return err.Error()
}

func isDeadline(err error) bool {
	var deadline *serviceerror.DeadlineExceeded
	return errors.As(err, &deadline)
}
