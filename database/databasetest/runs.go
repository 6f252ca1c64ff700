package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func runRules() []rule {
	return []rule{
		{name: "beginning a run again changes nothing", test: beginAgain},
		{name: "runs are counted", test: runsAreCounted},
		{name: "another worker may begin a run", test: beginOnAnotherWorker},
		{name: "another definition is refused", test: definitionRefused},
		{name: "unless it is said to mean the same", test: sameLedger},
		{name: "each migration has its own ledger and definition", test: migrationsApart},
	}
}

func beginAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	first := f.begin(request("first run"))
	require.Equal(t, f.mark.Run, first.Run)
	require.Equal(t, "first run", first.Run.ID)
	f.save(f.mark.Run, 3, "Bob")
	again := f.begin(request("first run"))
	require.Equal(t, f.mark.Run, again.Run)
	f.save(f.mark.Run, 2, "Anna")
	f.requirePosition(f.keys["Bob"])
}

func runsAreCounted(t *testing.T, h Harness) {
	f := h.numbers(t)
	second := f.newRun()
	require.Greater(t, second.Run.Number, f.mark.Run.Number)
	_, err := f.table.Begin(t.Context(), request("first run"))
	var over *database.RunOverError
	require.ErrorAs(t, err, &over, "a run that has ended does not begin again")
}

func beginOnAnotherWorker(t *testing.T, h Harness) {
	f := h.numbers(t)
	begun, err := f.open(plan()).Begin(t.Context(), request("first run"))
	require.NoError(t, err)
	require.Equal(t, f.mark.Run, begun.Run)
}

func definitionRefused(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	changed := request("second run")
	changed.Definition = "two"
	_, err := f.table.Begin(t.Context(), changed)
	var definition *database.DefinitionError
	require.ErrorAs(t, err, &definition)
	require.Equal(t, database.DefinitionError{Migration: migration, Ledger: "one", Worker: "two"}, *definition)
	f.begin(request("third run"))
}

func sameLedger(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	changed := request("second run")
	changed.Definition, changed.SameLedger = "two", true
	begun := f.begin(changed)
	f.end(begun.Run, database.Ending{Outcome: "failed"})
	_, err := f.table.Begin(t.Context(), request("third run"))
	var definition *database.DefinitionError
	require.ErrorAs(t, err, &definition, "the ledger is the second run's now")
}

func migrationsApart(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.save(f.mark.Run, 3, "Bob")
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	planned, asked := plan(), request("other run")
	planned.Migration, asked.Migration, asked.Definition = "conformance-test-2", "conformance-test-2", "two"
	other := f.open(planned)
	begun, err := other.Begin(t.Context(), asked)
	require.NoError(t, err)
	require.Nil(t, begun.Position)
	rows, err := other.Ledger(t.Context(), f.keysOf("Anna", "Bob"))
	require.NoError(t, err)
	require.Empty(t, rows)
	written, err := other.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, greetAll(f.read("Anna")...))
	require.NoError(t, err)
	require.Equal(t, []bool{true}, written.Rows)
}
