package databasetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func deadLetterRules() []rule {
	return []rule{
		{name: "a dead letter takes the ledger key", test: letterTakesKey},
		{name: "a migrated customer gets no dead letter", test: migratedGetsNone},
		{name: "a customer that is gone gets no dead letter", test: goneGetsNone},
		{name: "a dead letter is written once", test: letterOnce},
		{name: "a later run deletes the mark and tries again", test: exhumed},
		{name: "the mark of this run stays", test: ownMarkStays},
		{name: "the ledger row of a migrated customer stays", test: migratedStays},
		{name: "a later run finds the dead letters page by page", test: lettersByPage},
		{name: "a run that goes on counts those before", test: lettersCounted},
		{name: "before the first run there are no dead letters", test: lettersUnbegun},
		{name: "any error of a Go program can be told", test: anyErrorIsStored},
	}
}

func (f *fixture) bury(run database.Run, name string) (bool, error) {
	return f.table.Bury(f.Context(), run, database.DeadLetter{Key: f.keys[name], Sequence: 4, Error: "no number of a phone", Attempts: 5})
}

func (f *fixture) mustBury(names ...string) {
	f.Helper()
	for _, name := range names {
		buried, err := f.bury(f.mark.Run, name)
		require.NoError(f, err)
		require.True(f, buried)
	}
}

func (f *fixture) letters(before database.Run) []string {
	f.Helper()
	letters, err := f.table.DeadLetters(f.Context(), before, nil, 100)
	require.NoError(f, err)
	names := []string{}
	for _, letter := range letters {
		names = append(names, f.nameByKey(letter.Key))
		letter.Key = nil
		require.Equal(f, database.DeadLetter{Sequence: 4, Error: "no number of a phone", Attempts: 5}, letter)
	}
	return names
}

func letterTakesKey(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	require.Equal(t, []database.LedgerRow{{Key: f.keys["Bob"], Run: f.mark.Run.Number, Sequence: 4, Failed: true}}, f.ledger())
	_, err := f.table.Write(t.Context(), f.mark, greetAll(f.read("Anna", "Bob")...))
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireMigrated()
}

func migratedGetsNone(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	_, err := f.bury(f.mark.Run, "Bob")
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireMigrated("Bob")
	require.Empty(t, f.letters(f.newRun().Run))
}

func goneGetsNone(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.delete("Bob")
	buried, err := f.bury(f.mark.Run, "Bob")
	require.NoError(t, err)
	require.False(t, buried)
	require.Empty(t, f.ledger())
	require.Empty(t, f.letters(f.newRun().Run))
}

func letterOnce(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	_, err := f.bury(f.mark.Run, "Bob")
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	require.Equal(t, []string{"Bob"}, f.letters(f.newRun().Run))
}

func exhumed(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob", "Carl")
	second := f.newRun()
	require.NoError(t, f.table.Exhume(t.Context(), second.Run, f.keysOf("Bob", "Anna")))
	require.Equal(t, []string{"Carl"}, f.letters(second.Run))
	require.Equal(t, []bool{true}, f.write(second, greetAll(f.read("Bob")...)))
	f.requireMigrated("Bob")
	require.Len(t, f.ledger(), 2)
}

func ownMarkStays(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	require.NoError(t, f.table.Exhume(t.Context(), f.mark.Run, f.keysOf("Bob")))
	require.Len(t, f.ledger(), 1)
	require.Empty(t, f.letters(f.mark.Run), "those of this run are no earlier run's")
	require.Equal(t, []string{"Bob"}, f.letters(f.newRun().Run))
}

func migratedStays(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	require.NoError(t, f.table.Exhume(t.Context(), f.newRun().Run, f.keysOf("Bob")))
	f.requireMigrated("Bob")
}

func lettersByPage(t *testing.T, h Harness) {
	for _, kind := range h.Kinds {
		f := h.start(t, kind, plan(), scanned)
		names := f.names()
		f.mustBury(names...)
		second := f.newRun()
		var found []string
		var after database.Key
		for {
			letters, err := f.table.DeadLetters(t.Context(), second.Run, after, 4)
			require.NoError(t, err)
			keys := database.KeysOf(letters)
			for _, key := range keys {
				found = append(found, f.nameByKey(key))
			}
			if len(keys) < 4 {
				break
			}
			after = keys[3]
		}
		require.ElementsMatch(t, names, found, kind)
		require.NoError(t, f.table.Exhume(t.Context(), second.Run, f.keysOf(names...)))
		require.Empty(t, f.letters(second.Run), kind)
		require.Empty(t, f.ledger(), kind)
	}
}

func lettersCounted(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Anna", "Bob")
	f.save(f.mark.Run, 4, "Bob")
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	begun := f.begin(request("second run"))
	require.Equal(t, f.keys["Bob"], begun.Position)
	require.Equal(t, 2, begun.Failed)
}

func lettersUnbegun(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 2)
	f.table = f.open(plan()) // a worker that has only just started
	require.Empty(t, f.letters(database.Run{Number: 1}))
}

// anyErrorIsStored: an error that cannot be stored would keep its customer from
// ever being done with.
func anyErrorIsStored(t *testing.T, h Harness) {
	texts := []string{"", "zero \x00 byte", "no UTF-8: M\xfcller", "half of 😀: \xf0\x9f", "lines\r\nand \x1b[31mcolours\x7f", `quotes ' " ; -- \`, strings.Repeat("😀", 2000)}
	f := h.start(t, Numbers, plan(), len(texts))
	var expected []database.DeadLetter
	for i, text := range texts {
		letter := database.DeadLetter{Key: f.keys[name(i)], Sequence: 4, Error: database.CleanText(text, 500), Attempts: 5}
		buried, err := f.table.Bury(t.Context(), f.mark.Run, letter)
		require.NoError(t, err, "%.40q", text)
		require.True(t, buried, "%.40q", text)
		expected = append(expected, letter)
	}
	letters, err := f.table.DeadLetters(t.Context(), f.newRun().Run, nil, 100)
	require.NoError(t, err)
	require.ElementsMatch(t, expected, letters)
}
