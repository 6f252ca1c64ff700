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
		{name: "nothing is written for a run with the number of a living one", test: sameNumberWritesNothing},
		{name: "a run that has ended settles nothing, and moves no paging state", test: endedSettlesNothing},
		{name: "a run ends once, and its end may be repeated", test: endAgain},
		{name: "nobody ends a run that the books do not know", test: endUnknown},
		{name: "a run counted anew after its ledger was dropped is another one", test: countedAnew},
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

func sameNumberWritesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	other := f.mark
	other.Run.ID = "run of another database"
	f.requireRefused(other)
	require.Equal(t, []bool{true}, f.write(f.mark, greetAll(f.read("Anna")...)))
}

func endedSettlesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	second := f.newRun()
	f.save(second.Run, 3, "Bob")
	f.end(second.Run, database.Ending{Outcome: "cancelled"})
	var over *database.RunOverError
	require.ErrorAs(t, f.table.Settle(t.Context(), second.Run, f.keysOf("Bob")), &over)
	require.Equal(t, []string{"Bob"}, f.letters(second.Run))
	require.Len(t, f.ledger(), 1)
	require.NoError(t, f.table.SavePagingState(t.Context(), second.Run, database.PagingState{Sequence: 4, Position: f.keys["Carl"]}))
	f.requirePosition(f.keys["Bob"])
}

func endAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "completed", Discard: true})
	f.end(f.mark.Run, database.Ending{Outcome: "completed", Discard: true})
	second := f.newRun()
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled", Discard: true})
	alive, err := f.table.Alive(t.Context(), second.Run)
	require.NoError(t, err)
	require.True(t, alive, "a late end is that of its own run alone")
	require.Equal(t, []bool{true}, f.write(second, greetAll(f.read("Anna")...)))
}

func endUnknown(t *testing.T, h Harness) {
	f := h.numbers(t)
	var over *database.RunOverError
	for _, run := range []database.Run{{Number: f.mark.Run.Number, ID: "another"}, {Number: f.mark.Run.Number + 7, ID: f.mark.Run.ID}} {
		require.ErrorAs(t, f.table.End(t.Context(), run, database.Ending{Outcome: "completed", Discard: true}), &over)
	}
	alive, err := f.table.Alive(t.Context(), f.mark.Run)
	require.NoError(t, err)
	require.True(t, alive)
	unbegun := h.unbegun(t, plan(), 1)
	require.ErrorAs(t, unbegun.table.End(t.Context(), f.mark.Run, database.Ending{Outcome: "completed"}), &over, "there are no tables of ours")
}

func countedAnew(t *testing.T, h Harness) {
	f := h.numbers(t)
	old := f.mark
	_, err := f.table.DropLedger(t.Context(), database.DropRequest{TakeOver: true})
	require.NoError(t, err)
	anew := f.begin(request("begun anew"))
	require.Equal(t, old.Run.Number, anew.Run.Number, "or this test shows nothing")
	f.requireRefused(old)
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
