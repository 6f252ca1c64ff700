package cli

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/workflows"
)

// startedTemporal knows of a run how it was started.
type startedTemporal struct {
	client.Client
	input workflows.Input
}

type oneEvent struct {
	client.HistoryEventIterator
	event *history.HistoryEvent
}

func (e oneEvent) Next() (*history.HistoryEvent, error) { return e.event, nil }

func (t startedTemporal) GetWorkflowHistory(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(t.input)
	if err != nil {
		panic(err) // plain structs always marshal
	}
	return oneEvent{event: &history.HistoryEvent{Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{
		WorkflowExecutionStartedEventAttributes: &history.WorkflowExecutionStartedEventAttributes{Input: payloads}}}}
}

// TestAWorkerIsStartedOnTheRunsDatabase: as it was printed, it opened SQLite's usual file.
func TestAWorkerIsStartedOnTheRunsDatabase(t *testing.T) {
	shop := database.Target{Driver: "postgres", Host: "db:5432", Database: "shop", Table: "public.t1", Books: "public"}
	file := database.Target{Driver: "sqlite", Database: "/srv/my shop.db", Table: "customers"}
	books := shop
	books.Books = "ours"
	for _, test := range []struct {
		name      string
		arguments []string
		started   database.Target
		says      string
	}{
		{"a file", nil, file, "bin/worker 'connection/url=/srv/my shop.db'"},
		{"a file that is given", []string{"connection/url=here.db"}, file, "bin/worker connection/url=here.db"},
		{"a server", []string{"connection/table=t1"}, shop, "bin/worker connection/table=t1 connection/driver=postgres\ngive it the connection/url, too, that leads to db:5432/shop"},
		{"a server that is given", []string{"connection/driver=postgres", "connection/url=postgres://db/shop"}, shop, "bin/worker connection/driver=postgres connection/url=postgres://db/shop"},
		{"books elsewhere", nil, books, "bin/worker connection/driver=postgres connection/schema=ours\ngive it the connection/url, too, that leads to db:5432/shop"},
		{"a migration of one's own", []string{"customer-migrator/migration=low", "connection/url=here.db"}, file,
			"bin/worker customer-migrator/migration=low connection/url=here.db\nmigration low is not known here: if its worker was started with --config FOLDER, give it that, too"},
	} {
		t.Run(test.name, func(t *testing.T) {
			configuration, err := config.Load(config.Sources{Environment: "localhost", Arguments: test.arguments, Program: config.Starter})
			require.NoError(t, err)
			given := &flags{environment: "localhost", arguments: test.arguments, configured: configuration}
			temporal := &connection{Client: startedTemporal{input: workflows.Input{Settings: workflows.Settings{Expected: activities.Fingerprint{Target: test.started}}}}}
			require.Equal(t, test.says, given.workerFor(t.Context(), temporal))
		})
	}
}
