package integration_test

import (
	"strings"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"db-migrate/activities"
)

// ran is an activity of the overseer's newest run, as Temporal's history has it.
type ran struct {
	kind, worker string
	// attempt is the one that ended, from 1; timedOut, if none ever did.
	attempt  int32
	timedOut bool
	// failure is why the attempt before failed.
	failure string
	// batch is what a batch came to.
	batch activities.BatchResult
}

// activities are those that were started, in the order of their start.
func (s *stack) activities() []ran {
	s.Helper()
	kinds := map[int64]string{}
	var found []ran
	at := map[int64]int{}
	for _, event := range eventsOf(s.T, s.client(), "") {
		switch event.EventType {
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			kinds[event.EventId] = event.GetActivityTaskScheduledEventAttributes().ActivityType.Name
		case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			started := event.GetActivityTaskStartedEventAttributes()
			at[started.ScheduledEventId] = len(found)
			found = append(found, ran{kind: kinds[started.ScheduledEventId], worker: started.Identity, attempt: started.Attempt, failure: started.LastFailure.String()})
		case enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
			found[at[event.GetActivityTaskTimedOutEventAttributes().ScheduledEventId]].timedOut = true
		case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
			ended := event.GetActivityTaskCompletedEventAttributes()
			activity := &found[at[ended.ScheduledEventId]]
			if activity.kind == "MigrateCustomers" {
				require.NoError(s, converter.GetDefaultDataConverter().FromPayloads(ended.Result, &activity.batch))
			}
		}
	}
	return found
}

// batches are the activities that worked on a batch.
func (s *stack) batches() []ran {
	s.Helper()
	var found []ran
	for _, activity := range s.activities() {
		if activity.kind == "MigrateCustomers" {
			found = append(found, activity)
		}
	}
	return found
}

// rests counts the batches that returned a rest for a reason.
func rests(batches []ran, reason string) int {
	count := 0
	for _, batch := range batches {
		if batch.batch.RestReason == reason {
			count++
		}
	}
	return count
}

// workersOf counts by worker the batches that were worked on.
func workersOf(batches []ran) map[string]int {
	count := map[string]int{}
	for _, batch := range batches {
		count[batch.worker]++
	}
	return count
}

// lastFailures are why the attempts that are being repeated have failed.
func (s *stack) lastFailures(connected client.Client, id string) string {
	s.Helper()
	description, err := connected.DescribeWorkflowExecution(s.Context(), id, "")
	require.NoError(s, err)
	var messages []string
	for _, pending := range description.PendingActivities {
		messages = append(messages, pending.GetLastFailure().GetMessage())
	}
	return strings.Join(messages, "\n")
}
