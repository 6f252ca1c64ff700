package system_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/activities"
	"db-migrate/activities/settle"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/system"
	"db-migrate/workflows"
)

// TestArrowsAreCalls runs the workflows through everything that they can call,
// and compares with the overseer's arrows. A new activity must be added to the
// play, else its arrow is not proved.
func TestArrowsAreCalls(t *testing.T) {
	play := play{T: t, system: system.Blueprint(), called: map[string]bool{}}
	for name, input := range map[string]string{"InspectTable": "{}", "ExamineTable": "{}", "DescribeLedger": "", "DropLedger": "{}", "ListFailures": "{}", "DescribeRow": "{}"} {
		play.perform(workflows.AskName, workflows.Question{Activity: name, Patience: time.Minute, Input: json.RawMessage(input)})
	}
	settings := workflows.Settings{Migration: "play", Environment: "test", Limits: workflows.Limits{Processes: 2,
		BatchTime: time.Second, BatchMax: 100, FailureLimit: 10, Attempts: 2, RetryInterval: time.Second, FetchSize: 10, Sweeps: 1, Closing: activities.ClosingFull}}
	play.perform(workflows.WorkflowName, workflows.Input{Settings: settings})
	settings.File = &idfile.Identity{Name: "customers.txt", Customers: 1}
	play.perform(workflows.WorkflowName, workflows.Input{Settings: settings})

	settings.File, settings.DryRun = nil, true
	play.perform(workflows.WorkflowName, workflows.Input{Settings: settings})

	components := play.components()
	needed := map[string]bool{}
	for name := range play.called {
		needed[components[name]] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(components)), slices.Collect(maps.Keys(play.called)),
		"activities that are registered, and those that were called")
	assert.ElementsMatch(t, play.arrows("migration-overseer"), slices.Collect(maps.Keys(needed)),
		"the overseer's arrows, and the components whose activities it called")
}

// play is workflows of the shipped system whose activities are played.
type play struct {
	*testing.T
	system *system.System

	mutex  sync.Mutex
	called map[string]bool
}

// perform runs a workflow to its end.
func (p *play) perform(name string, inputs ...any) {
	p.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	environment := suite.NewTestWorkflowEnvironment()
	p.system.Register(environment)
	environment.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.called[info.ActivityType.Name] = true
	})
	cast(environment)
	environment.ExecuteWorkflow(name, inputs...)
	require.True(p, environment.IsWorkflowCompleted())
	require.NoError(p, environment.GetWorkflowError())
}

// cast plays every activity: one customer was left by an earlier run, one is
// found, and each batch has a customer whom no attempt can migrate.
func cast(environment *testsuite.TestWorkflowEnvironment) {
	for name, part := range map[string]any{
		"InspectTable": activities.Inspection{},
		"BeginRun": activities.Begun{Run: database.Run{Number: 1}, Failed: 1,
			Bound: database.Bound{UpTo: database.Key{"9"}, Estimate: 1}},
		"ListDeadLetters": activities.FailedRows{Keys: []database.Key{{"1"}}},
		"CountLeft":       activities.Counted{Balance: database.Balance{Migrated: -1, Judged: true, Left: 1}},
		"ListLeft":        activities.LeftRows{Keys: []database.Key{{"7"}}},
		"ScanPage":        activities.Page{Ends: []activities.RangeEnd{{UpTo: database.Key{"9"}, Customers: 2}}, Done: true},
		"ScanFile":        activities.FilePage{Ends: []activities.FileRangeEnd{{To: 4, Customers: 2}}, Done: true},
		"FindBound":       database.Bound{},
		"EndRun":          activities.Ended{},
		"BuryCustomer":    activities.OutcomeFailed,
		"DropLedger":      []database.DroppedTable{},
		"ListFailures":    activities.FailureList{},
		"DescribeRow":     activities.RowStory{},
		"PreviewRows":     activities.Preview{},
	} {
		environment.OnActivity(name, mock.Anything, mock.Anything).Return(part, nil)
	}
	environment.OnActivity("ExamineTable", mock.Anything, mock.Anything).Return(activities.Check{}, nil)
	environment.OnActivity("DescribeLedger", mock.Anything).Return(activities.LedgerDescription{}, nil)
	environment.OnActivity("MigrateCustomer", mock.Anything, mock.Anything).
		Return("", temporal.NewNonRetryableApplicationError("he cannot be migrated", activities.TypeCustomer, errors.New("by nobody")))
	environment.OnActivity("MigrateCustomers", mock.Anything, mock.Anything).
		Return(func(_ context.Context, batch activities.Batch) (activities.BatchResult, error) {
			return failOne(batch), nil
		})
}

func failOne(batch activities.Batch) activities.BatchResult {
	first := batch.Ranges[0]
	result := activities.BatchResult{Attempt: 1,
		Troubled: []activities.Troubled{{Key: database.Key{"5"}, Sequence: first.Sequence, Error: "he cannot be migrated"}}}
	if batch.DryRun {
		result.Needed = []settle.Placed{{Key: database.Key{"9"}}}
	}
	for _, part := range batch.Ranges {
		migrated := part.Customers
		if part.Sequence == first.Sequence {
			migrated--
		}
		result.Ranges = append(result.Ranges, activities.RangeCounts{Sequence: part.Sequence, Counts: activities.Counts{Migrated: migrated}})
	}
	return result
}

// components are those that serve the activities, by the activities' names.
func (p *play) components() map[string]string {
	components := map[string]string{}
	for _, component := range p.system.Components() {
		for _, name := range component.Activities {
			components[name] = component.Name
		}
	}
	return components
}

// arrows are the components that one needs, by the graph.
func (p *play) arrows(from string) []string {
	var names []string
	for _, edge := range p.system.Graph().Edges {
		if edge.From == from {
			names = append(names, edge.To)
		}
	}
	return names
}
