package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func fenceRules() []rule {
	return []rule{
		{name: "nothing is written for a run that has ended", test: endedWritesNothing},
		{name: "nothing is written for a run that another one has taken the place of", test: replacedWritesNothing},
		{name: "nothing is written for a run that nobody knows", test: unknownWritesNothing},
		{name: "the books know which runs are alive", test: aliveRuns},
		{name: "a database without our tables knows no run", test: aliveUnbegun},
	}
}

// requireRefused: none of the ways to write does anything for the run.
func (f *fixture) requireRefused(mark database.Mark) {
	f.Helper()
	var over *database.RunOverError
	_, err := f.table.Write(f.Context(), mark, greetAll(f.read("Anna", "Bob")...))
	require.ErrorAs(f, err, &over, "a set")
	_, err = f.table.Write(f.Context(), mark, greetAll(f.read("Anna")...))
	require.ErrorAs(f, err, &over, "a set of one")
	_, err = f.table.WriteLocked(f.Context(), mark, f.keys["Anna"], func(row database.Row) (database.Change, error) { return greet(row), nil })
	require.ErrorAs(f, err, &over, "under a lock")
	_, err = f.bury(mark.Run, "Bob")
	require.ErrorAs(f, err, &over, "a dead letter")
	if singly := f.table.Traits().Singly; singly != nil {
		_, err = singly.WriteEach(f.Context(), mark, greetAll(f.read("Anna", "Bob")...))
		require.ErrorAs(f, err, &over, "one by one")
	}
	require.Empty(f, f.greeted("customers"))
	require.Empty(f, f.ledger())
}

func endedWritesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled"})
	f.requireRefused(f.mark)
}

func replacedWritesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.begin(request("second run"))
	f.requireRefused(f.mark)
}

func unknownWritesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.requireRefused(database.Mark{Run: database.Run{Number: f.mark.Run.Number + 7, ID: "forged"}, Sequence: 1})
}

func aliveRuns(t *testing.T, h Harness) {
	f := h.numbers(t)
	alive := func(run database.Run) bool {
		found, err := f.table.Alive(t.Context(), run)
		require.NoError(t, err)
		return found
	}
	require.True(t, alive(f.mark.Run))
	require.False(t, alive(database.Run{Number: f.mark.Run.Number, ID: "another"}), "a run of another database")
	second := f.newRun()
	require.False(t, alive(f.mark.Run))
	require.True(t, alive(second.Run))
}

func aliveUnbegun(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 1)
	found, err := f.table.Alive(t.Context(), database.Run{Number: 1, ID: "first run"})
	require.NoError(t, err)
	require.False(t, found)
}
