package cli

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"db-migrate/config"
	"db-migrate/workflows"
)

// forgetfulTemporal knows of runs, and not how they ended.
type forgetfulTemporal struct{ client.Client }

func (forgetfulTemporal) GetWorkflowHistory(context.Context, string, string, bool, enums.HistoryEventFilterType) client.HistoryEventIterator {
	return noEvents{}
}

type noEvents struct{ client.HistoryEventIterator }

func (noEvents) HasNext() bool { return false }

// TestWhereNoMigrationRuns it is said how the last one ended and when, or what a word
// was taken for.
func TestWhereNoMigrationRuns(t *testing.T) {
	ended := time.Date(2026, 5, 1, 14, 30, 0, 0, time.Local)
	for _, test := range []struct {
		state found
		word  string
		says  string
	}{
		{found{}, "", "pause: no migration runs (workflow migration/low/localhost); for another one"},
		{found{}, "now", `pause: no migration runs (workflow migration/low/localhost): "now" was taken for a migration's name; for another one`},
		{found{exists: true, state: workflows.PhaseCompleted, endedAt: ended}, "low", "pause: no migration runs (workflow migration/low/localhost): it completed at 2026-05-01 14:30:00; for another one"},
		{found{exists: true, state: workflows.PhaseCancelled, endedAt: ended}, "", "it was cancelled at 2026-05-01 14:30:00"},
	} {
		about := &target{connection: &connection{Client: forgetfulTemporal{}}, id: "migration/low/localhost", given: &flags{word: test.word}}
		err := about.missing(context.Background(), "pause", test.state)
		require.ErrorContains(t, err, test.says)
		require.Equal(t, exitFailed, report(err, &bytes.Buffer{}))
	}
}

func (noEvents) Next() (*history.HistoryEvent, error) { return nil, errors.New("no events") }

// TestARunThatNobodyNamedIsTold on stderr: a command without a name is about the only one
// that runs, or that ran last.
func TestARunThatNobodyNamedIsTold(t *testing.T) {
	run := func(name, table string) listed {
		return listed{id: name + "/" + table, subject: workflows.Subject{Migration: name, Table: table}}
	}
	low, dry := run("low", "t1"), run("shout", "customers")
	dry.dryRun = true
	for _, test := range []struct {
		word         string
		running, all []listed
		state        found
		says         string
	}{
		{"", []listed{low}, []listed{dry, low}, found{}, "about low@t1, the only migration that runs\n"},
		{"low", []listed{low}, []listed{low}, found{}, "about low@t1, the only one of that name that runs\n"},
		{"", nil, []listed{dry, low}, found{}, "about shout@customers (--dry-run), which ran last\n"},
		{"low", nil, []listed{low}, found{}, "about low@t1, which ran last of that name\n"},
		{"", nil, []listed{low}, found{exists: true}, ""},
		{"", nil, []listed{low, dry}, found{exists: true}, "about low@t1, which ran last\n"},
		{"low", nil, []listed{low, dry}, found{exists: true}, ""},
		{"", nil, nil, found{}, ""},
	} {
		var said bytes.Buffer
		about := &target{given: &flags{word: test.word, notices: &said}, configuration: &config.Configuration{}}
		require.NoError(t, about.chooseOf(test.running, test.all, test.state, test.word != ""))
		require.Equal(t, test.says, said.String())
	}
}
