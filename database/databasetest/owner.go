package databasetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func ownerRules() []rule {
	rules := []rule{
		{name: "a new run of the same overseer takes its place", test: sameOverseer},
		{name: "the end of a run releases the table", test: endReleases},
		{name: "a refused run leaves no trace", test: refusedLeavesNothing},
	}
	for name, strange := range map[string]func(*database.RunRequest){
		"migration":   func(request *database.RunRequest) { request.Migration = "other" },
		"environment": func(request *database.RunRequest) { request.Environment = "other" },
		"cluster":     func(request *database.RunRequest) { request.Cluster = "other" },
		"workflow":    func(request *database.RunRequest) { request.Workflow = "other" },
	} {
		rules = append(rules, rule{name: "an overseer of another " + name + " is refused", test: strangerRefused(strange)},
			rule{name: "unless it takes over from another " + name, test: takeOver(strange)},
			rule{name: "or knows that the run of another " + name + " is over", test: overIsReleased(strange)})
	}
	return rules
}

// stranger asks for the table as another overseer.
func (f *fixture) stranger(strange func(*database.RunRequest), takeOver bool) error {
	asked := request("stranger")
	asked.TakeOver = takeOver
	return f.strange(asked, strange)
}

func (f *fixture) strange(asked database.RunRequest, strange func(*database.RunRequest)) error {
	strange(&asked)
	planned := plan()
	planned.Migration = asked.Migration
	_, err := f.open(planned).Begin(f.Context(), asked)
	return err
}

func strangerRefused(strange func(*database.RunRequest)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		var owner *database.OwnerError
		require.ErrorAs(t, f.stranger(strange, false), &owner)
		require.WithinDuration(t, time.Now(), owner.Since, patience)
		owner.Since = time.Time{}
		require.Equal(t, database.OwnerError{Table: "customers", Migration: migration, Environment: "test", Cluster: "localhost/default", Run: f.mark.Run.ID, Workflow: workflow}, *owner)
	}
}

func takeOver(strange func(*database.RunRequest)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		require.NoError(t, f.stranger(strange, true))
		_, err := f.table.Begin(t.Context(), request("second run"))
		var owner *database.OwnerError
		require.ErrorAs(t, err, &owner)
	}
}

// overIsReleased: the table is taken from the run that is known to be over, from no
// other, and that run is fenced from then on.
func overIsReleased(strange func(*database.RunRequest)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		asked := request("stranger")
		var owner *database.OwnerError
		asked.Over = "a run that owned it before"
		require.ErrorAs(t, f.strange(asked, strange), &owner)
		asked.Over = owner.Run
		require.NoError(t, f.strange(asked, strange))
		alive, err := f.table.Alive(t.Context(), f.mark.Run)
		require.NoError(t, err)
		require.False(t, alive)
		_, err = f.table.Begin(t.Context(), request("second run"))
		require.ErrorAs(t, err, &owner)
	}
}

func sameOverseer(t *testing.T, h Harness) {
	f := h.numbers(t)
	second := f.begin(request("second run"))
	f.end(f.mark.Run, database.Ending{Outcome: "failed"}) // late
	var owner *database.OwnerError
	require.ErrorAs(t, f.stranger(func(asked *database.RunRequest) { asked.Environment = "other" }, false), &owner)
	f.end(second.Run, database.Ending{Outcome: "failed"})
}

func endReleases(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "completed"})
	require.NoError(t, f.stranger(func(asked *database.RunRequest) { asked.Environment = "other" }, false))
}

func refusedLeavesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.save(f.mark.Run, 1, "Bob")
	var owner *database.OwnerError
	require.ErrorAs(t, f.stranger(func(asked *database.RunRequest) { asked.Cluster, asked.Reset = "other", true }, false), &owner)
	f.requirePosition(f.keys["Bob"])
	require.Len(t, f.column("db_migrate_runs", "run_id"), 2)
}
