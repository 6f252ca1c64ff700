package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func pagingRules() []rule {
	return []rule{
		{name: "a run goes on where the one before got to", test: resumed},
		{name: "a reset begins anew", test: reset},
		{name: "the state never goes back", test: neverBack},
		{name: "an earlier run cannot move it", test: earlierRunCannotMove},
		{name: "the ending's state is kept", test: endingState},
		{name: "a run that is done leaves nothing to go on from", test: discarded},
		{name: "a late activity cannot bring it back", test: tombstone},
		{name: "a run may be ended again", test: endedAgain},
	}
}

func (f *fixture) save(run database.Run, sequence int64, name string) {
	f.Helper()
	require.NoError(f, f.table.SavePagingState(f.Context(), run, database.PagingState{Sequence: sequence, Position: f.keys[name]}))
}

// requirePosition: a run that begins now goes on from there.
func (f *fixture) requirePosition(expected database.Key) {
	f.Helper()
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	require.Equal(f, expected, f.begin(request("next run")).Position)
	require.Equal(f, expected, f.begin(request("next run")).Position, "asked again")
}

func resumed(t *testing.T, h Harness) {
	f := h.numbers(t)
	require.Nil(t, f.begin(request("first run")).Position)
	f.save(f.mark.Run, 2, "Anna")
	f.save(f.mark.Run, 5, "Bob")
	f.requirePosition(f.keys["Bob"])
}

func reset(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.save(f.mark.Run, 5, "Bob")
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled"})
	anew := request("second run")
	anew.Reset = true
	begun := f.begin(anew)
	require.Nil(t, begun.Position)
	f.save(begun.Run, 1, "Anna")
	f.begin(anew) // again: it must not discard the run's own state
	f.end(begun.Run, database.Ending{Outcome: "failed"})
	f.requirePosition(f.keys["Anna"])
}

func neverBack(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.save(f.mark.Run, 5, "Bob")
	f.save(f.mark.Run, 4, "Anna")
	f.requirePosition(f.keys["Bob"])
}

func earlierRunCannotMove(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.save(f.mark.Run, 2, "Anna")
	second := f.newRun()
	f.save(f.mark.Run, 9, "Carl")
	f.save(second.Run, 1, "Bob")
	f.save(f.mark.Run, 10, "Carl")
	f.end(second.Run, database.Ending{Outcome: "failed"})
	f.requirePosition(f.keys["Bob"])
}

func endingState(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.save(f.mark.Run, 2, "Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled", State: &database.PagingState{Sequence: 3, Position: f.keys["Bob"]}})
	require.Equal(t, f.keys["Bob"], f.begin(request("second run")).Position)
}

func discarded(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.save(f.mark.Run, 2, "Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "completed", State: &database.PagingState{Sequence: 3, Position: f.keys["Carl"]}, Discard: true})
	require.Nil(t, f.begin(request("second run")).Position)
}

func tombstone(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "completed", Discard: true})
	f.save(f.mark.Run, 9, "Bob")
	begun := f.begin(request("second run"))
	require.Nil(t, begun.Position)
	f.save(f.mark.Run, 10, "Bob")
	f.save(begun.Run, 1, "Anna")
	f.end(begun.Run, database.Ending{Outcome: "failed"})
	f.requirePosition(f.keys["Anna"])
}

func endedAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	ending := database.Ending{Outcome: "completed", Discard: true}
	f.end(f.mark.Run, ending)
	second := f.begin(request("second run"))
	f.save(second.Run, 1, "Bob")
	f.end(f.mark.Run, ending)
	stranger := request("stranger")
	stranger.Environment = "other"
	_, err := f.table.Begin(t.Context(), stranger)
	var owner *database.OwnerError
	require.ErrorAs(t, err, &owner, "the second run is the owner still")
	f.end(second.Run, database.Ending{Outcome: "failed"})
	f.requirePosition(f.keys["Bob"])
}
