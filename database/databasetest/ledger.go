package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func ledgerRules() []rule {
	return []rule{
		{name: "a ledger row in the way undoes the set", test: conflictUndoesAll},
		{name: "so does one of another run", test: conflictOfAnotherRun},
		{name: "the ledger says which run and range", test: ledgerSaysWho},
		{name: "the ledger of a range is this run's", test: ledgerOfThisRun},
		{name: "the ledger knows customers that the site has deleted since", test: ledgerKnowsTheGone},
		{name: "a new customer with a key of the ledger's is not written", test: keyUsedAgain},
		{name: "another worker sees the ledger", test: ledgerOfAnotherWorker},
	}
}

func conflictUndoesAll(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	rows := f.read("Anna", "Bob", "Carl")
	writes := greetAll(rows...)
	writes[1].Change.Set("score", int64(2))
	_, err := f.table.Write(t.Context(), f.mark, writes)
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireMigrated("Bob")
	require.Equal(t, int64(1), f.read("Bob")[0].Value("score"))
	require.Equal(t, []bool{true, true}, f.write(f.mark, greetAll(rows[0], rows[2])))
	f.requireMigrated("Anna", "Bob", "Carl")
}

func conflictOfAnotherRun(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	second := f.newRun()
	_, err := f.table.Write(t.Context(), second, greetAll(f.read("Anna", "Bob")...))
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireMigrated("Bob")
}

func ledgerSaysWho(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.write(database.Mark{Run: f.mark.Run, Sequence: 41}, greetAll(f.read("Anna")...))
	second := f.newRun()
	f.write(database.Mark{Run: second.Run, Sequence: 42}, greetAll(f.read("Bob")...))
	require.ElementsMatch(t, []database.LedgerRow{
		{Key: f.keys["Anna"], Run: f.mark.Run.Number, Sequence: 41},
		{Key: f.keys["Bob"], Run: second.Run.Number, Sequence: 42},
	}, f.ledger())
}

func ledgerOfThisRun(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	second := f.newRun()
	f.write(database.Mark{Run: second.Run, Sequence: 3}, greetAll(f.read("Bob")...))
	rows, err := f.table.LedgerOfRange(t.Context(), second, database.Range{}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []database.LedgerRow{{Key: f.keys["Bob"], Run: second.Run.Number, Sequence: 3}}, rows)
}

func ledgerKnowsTheGone(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna", "Bob")
	f.delete("Bob")
	rows, err := f.table.LedgerOfRange(t.Context(), f.mark, database.Range{}, nil, nil)
	require.NoError(t, err)
	require.Len(t, rows, 2)
}

func keyUsedAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	f.delete("Bob")
	require.NoError(t, f.act.Add(keyOf(Numbers, 1), "Barbara", 10))
	_, err := f.table.Write(t.Context(), f.mark, greetAll(f.read("Bob")...))
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	require.NotContains(t, f.greeted("customers"), "Barbara")
}

func ledgerOfAnotherWorker(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	rows, err := f.open(plan()).Ledger(t.Context(), f.keysOf("Anna", "Bob"))
	require.NoError(t, err)
	require.Len(t, rows, 1)
}
