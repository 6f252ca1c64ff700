package cli

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"db-migrate/workflows"
)

// closure is how a run ended, as Temporal keeps it: no worker is needed to read it.
type closure struct {
	phase, reason string
	// summary is the overseer's own; nil: it was ended from outside.
	summary *workflows.Summary
}

// closure reads how a run that is over ended.
func (t *connection) closure(ctx context.Context, id, runID string) (closure, error) {
	events := t.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
	last, err := events.Next()
	if err != nil {
		return closure{}, err
	}
	return closureOf(last)
}

// closureOf reads a run's last event.
func closureOf(last *history.HistoryEvent) (closure, error) {
	decode := converter.GetDefaultDataConverter().FromPayloads
	var summary workflows.Summary
	switch last.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		err := decode(last.GetWorkflowExecutionCompletedEventAttributes().GetResult(), &summary)
		return closure{phase: summary.Phase, reason: summary.Reason, summary: &summary}, err
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		err := decode(last.GetWorkflowExecutionCanceledEventAttributes().GetDetails(), &summary)
		return closure{phase: workflows.PhaseCancelled, summary: &summary}, err
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		failure := last.GetWorkflowExecutionFailedEventAttributes().GetFailure()
		end := ending{err: temporal.GetDefaultFailureConverter().FailureToError(failure)}
		return closure{phase: workflows.PhaseFailed, reason: rootCause(end.err).Error(), summary: summaryIn(end.err)}, nil
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		return closure{phase: workflows.PhaseTerminated, reason: terminationReason(last.GetWorkflowExecutionTerminatedEventAttributes())}, nil
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
		return closure{phase: workflows.PhaseTimedOut, reason: "it took longer than the timeout that was set for its workflow in Temporal"}, nil
	}
	return closure{}, fmt.Errorf("the run's last event is %s", last.GetEventType())
}

func terminationReason(terminated *history.WorkflowExecutionTerminatedEventAttributes) string {
	if terminated.GetReason() == "" {
		return "no reason was given, by " + terminated.GetIdentity()
	}
	return terminated.GetReason()
}

// summaryIn is the overseer's summary in the error that its workflow ended with; nil:
// there is none.
func summaryIn(err error) *workflows.Summary {
	var summary workflows.Summary
	var cancelled *temporal.CanceledError
	if errors.As(err, &cancelled) && cancelled.HasDetails() && cancelled.Details(&summary) == nil {
		return &summary
	}
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.HasDetails() && failed.Details(&summary) == nil && summary.Phase != "" {
		return &summary
	}
	return nil
}

// unnoted says that a run's end did not reach the database, and what that means.
func unnoted(why string) string {
	return fmt.Sprintf("its end could not be noted in the database (%s); the next start on this table releases it", why)
}

// String says how a run that did not end by itself has ended.
func (c closure) String() string {
	switch c.phase {
	case workflows.PhaseTerminated:
		return "the run was terminated in Temporal: " + c.reason
	case workflows.PhaseTimedOut:
		return "the run was ended by Temporal: " + c.reason
	}
	return "the migration failed: " + c.reason
}
