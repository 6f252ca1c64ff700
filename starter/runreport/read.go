package runreport

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"db-migrate/activities"
	"db-migrate/workflows"
)

// Reader reads the histories of a run's parts, the oldest first, event by event.
type Reader struct {
	run       Run
	scheduled map[int64]*history.ActivityTaskScheduledEventAttributes
	started   map[int64]start
	attempts  map[string]*Attempts
	errors    map[string]*Error
}

// start is when an attempt began that was the last.
type start struct {
	at      time.Time
	attempt int32
}

// NewReader reads into the run, which says what is known without a history.
func NewReader(run Run) *Reader {
	return &Reader{run: run, attempts: map[string]*Attempts{}, errors: map[string]*Error{}}
}

// Read takes the next event.
func (r *Reader) Read(event *history.HistoryEvent) {
	at := event.GetEventTime().AsTime()
	r.run.Ended = at
	switch event.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		r.begin(at)
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		r.scheduled[event.GetEventId()] = event.GetActivityTaskScheduledEventAttributes()
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		r.start(at, event.GetActivityTaskStartedEventAttributes())
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		completed := event.GetActivityTaskCompletedEventAttributes()
		r.complete(at, completed.GetScheduledEventId(), completed.GetResult())
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		failed := event.GetActivityTaskFailedEventAttributes()
		r.end(at, failed.GetScheduledEventId())
		r.fail(at, failed.GetFailure().GetMessage())
	case enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		r.fail(at, "no worker has been heard of for too long")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		r.ask(at, event.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput().GetName(),
			event.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput().GetArgs())
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		r.note(at, "cancel, in Temporal", event.GetWorkflowExecutionCancelRequestedEventAttributes().GetIdentity())
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		r.note(at, "terminate, in Temporal", event.GetWorkflowExecutionTerminatedEventAttributes().GetIdentity())
	}
}

// begin begins a part, whose events are numbered anew.
func (r *Reader) begin(at time.Time) {
	r.scheduled, r.started = map[int64]*history.ActivityTaskScheduledEventAttributes{}, map[int64]start{}
	if r.run.Parts++; r.run.Parts == 1 {
		r.run.Started = at
	}
}

func (r *Reader) start(at time.Time, started *history.ActivityTaskStartedEventAttributes) {
	r.started[started.GetScheduledEventId()] = start{at, started.GetAttempt()}
	if failure := started.GetLastFailure(); failure != nil {
		r.fail(at, failure.GetMessage())
	}
}

// end counts an activity that has ended.
func (r *Reader) end(at time.Time, scheduled int64) (kind string) {
	kind = r.scheduled[scheduled].GetActivityType().GetName()
	counted := r.attempts[kind]
	if counted == nil {
		counted = &Attempts{Kind: kind}
		r.attempts[kind] = counted
	}
	last := r.started[scheduled]
	counted.Ended++
	counted.Attempts += int(last.attempt)
	counted.Time += at.Sub(last.at)
	return kind
}

func (r *Reader) complete(at time.Time, scheduled int64, result *commonpb.Payloads) {
	switch r.end(at, scheduled) {
	case "MigrateCustomers":
		var batch activities.BatchResult
		if decode(result, &batch) {
			r.batch(at, batch)
		}
	case "BuryCustomer":
		var burial activities.Burial
		var outcome string
		if decode(r.scheduled[scheduled].GetInput(), &burial) && decode(result, &outcome) && outcome == activities.OutcomeFailed {
			r.run.Letters = append(r.run.Letters, burial.Letter)
		}
	}
}

func (r *Reader) batch(at time.Time, result activities.BatchResult) {
	one := Batch{Ended: at, Rows: result.Customers, Elapsed: result.Elapsed, Share: -1}
	if beside := result.Beside; beside != nil {
		one.Share, one.Held = beside.Share, beside.Words
	}
	r.run.Batches = append(r.run.Batches, one)
	if result.RestReason == activities.RestBroken {
		r.note(at, "paused: a batch fails again and again: "+result.Failure, "")
	}
}

// fail counts an error by its first line.
func (r *Reader) fail(at time.Time, text string) {
	text, _, _ = strings.Cut(text, "\n")
	if r.errors[text] == nil {
		r.errors[text] = &Error{Text: text}
	}
	r.errors[text].Times++
	r.errors[text].Last = at
}

// ask notes an update with what it asks for.
func (r *Reader) ask(at time.Time, name string, arguments *commonpb.Payloads) {
	var said map[string]any
	decode(arguments, &said)
	by, _ := said["by"].(string)
	r.note(at, strings.Join(append([]string{name}, wishes(said)...), " "), by)
}

// wishes are what an update asks for, as it is typed: values alone, or key=value.
func wishes(said map[string]any) (words []string) {
	for _, key := range slices.Sorted(maps.Keys(said)) {
		values, several := said[key].(map[string]any)
		switch {
		case key == "by":
		case several:
			for _, name := range slices.Sorted(maps.Keys(values)) {
				words = append(words, fmt.Sprintf("%s=%v", name, values[name]))
			}
		case key == workflows.UpdateRate:
			words = append(words, fmt.Sprint(said[key]))
		default:
			words = append(words, fmt.Sprintf("%s=%v", key, said[key]))
		}
	}
	return words
}

func (r *Reader) note(at time.Time, what, by string) {
	r.run.Asked = append(r.run.Asked, Asked{at, what, by})
}

// Run is what has been read.
func (r *Reader) Run() Run {
	for _, kind := range slices.Sorted(maps.Keys(r.attempts)) {
		r.run.Attempts = append(r.run.Attempts, *r.attempts[kind])
	}
	for _, one := range r.errors {
		r.run.Errors = append(r.run.Errors, *one)
	}
	slices.SortFunc(r.run.Errors, func(a, b Error) int { return cmp.Or(b.Times-a.Times, strings.Compare(a.Text, b.Text)) })
	return r.run
}

// decode reads a value; what is of another form is none.
func decode(payloads *commonpb.Payloads, to any) bool {
	return converter.GetDefaultDataConverter().FromPayloads(payloads, to) == nil
}
