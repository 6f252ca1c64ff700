package databasetest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func deadLetterRules() []rule {
	return []rule{
		{name: "a dead letter takes the ledger key", test: letterTakesKey},
		{name: "a migrated customer gets no dead letter", test: migratedGetsNone},
		{name: "a customer that is gone gets no dead letter", test: goneGetsNone},
		{name: "a dead letter is written once", test: letterOnce},
		{name: "a later run writes a row in the place of its mark and letter", test: replaced},
		{name: "a row that is not written keeps its mark and letter", test: unwrittenStays},
		{name: "a later run's letter takes the place of an earlier one", test: buriedAgain},
		{name: "a row that needs nothing any more is settled", test: settled},
		{name: "a run that goes on finds the letters up to its position", test: lettersUpTo},
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
		require.Positive(f, letter.Run)
		require.Positive(f, letter.FailedAt.Unix())
		letter.Run, letter.FailedAt = 0, time.Time{}
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

func replaced(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob", "Carl")
	second := f.newRun()
	second.Replaces = true
	require.Equal(t, []string{"Bob", "Carl"}, f.letters(second.Run))
	require.Equal(t, []bool{true, true}, f.write(second, greetAll(f.read("Anna", "Bob")...)))
	require.Equal(t, []string{"Carl"}, f.letters(second.Run))
	f.requireMigrated("Anna", "Bob")
	require.Len(t, f.ledger(), 3)
	written, err := f.table.WriteLocked(t.Context(), second, f.keys["Carl"], func(row database.Row) (database.Change, error) { return greet(row), nil })
	require.NoError(t, err)
	require.True(t, written)
	require.Empty(t, f.letters(second.Run))
	f.requireMigrated("Anna", "Bob", "Carl")
}

func unwrittenStays(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	second := f.newRun()
	second.Replaces = true
	writes := greetAll(f.read("Anna", "Bob")...)
	f.set("Bob", "amount", 4711)
	written, err := f.table.Write(t.Context(), second, writes)
	require.NoError(t, err)
	require.False(t, written.Rows[1])
	require.Equal(t, []string{"Bob"}, f.letters(second.Run))
	_, err = f.table.WriteLocked(t.Context(), second, f.keys["Bob"], func(database.Row) (database.Change, error) {
		return database.Change{PreviouslyMigrated: true}, nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Bob"}, f.letters(second.Run))
}

func buriedAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	second := f.newRun()
	buried, err := f.bury(second.Run, "Bob")
	require.NoError(t, err)
	require.True(t, buried)
	require.Equal(t, []database.LedgerRow{{Key: f.keys["Bob"], Run: second.Run.Number, Sequence: 4, Failed: true}}, f.ledger())
	require.Empty(t, f.letters(second.Run), "it is this run's now")
	f.end(second.Run, database.Ending{Outcome: "failed"})
	require.Equal(t, []string{"Bob"}, f.letters(f.begin(request("third run")).Run))
}

func settled(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob", "Carl")
	second := f.newRun()
	require.NoError(t, f.table.Settle(t.Context(), second.Run, f.keysOf("Anna", "Bob")))
	require.Equal(t, []string{"Carl"}, f.letters(second.Run))
	require.Len(t, f.ledger(), 1)
}

func lettersUpTo(t *testing.T, h Harness) {
	for _, kind := range h.Kinds {
		f := h.start(t, kind, plan(), scanned)
		names := f.names()
		f.mustBury(names...)
		second := f.newRun()
		upTo := f.fetchAll()[4]
		before, err := f.table.Read(t.Context(), database.Range{UpTo: upTo}, nil, 100)
		require.NoError(t, err)
		var found []database.Key
		for after, more := database.Key(nil), true; more; more = after != nil {
			keys, next, err := f.table.FailedUpTo(t.Context(), second.Run, after, upTo, 3)
			require.NoError(t, err)
			found, after = append(found, keys...), next
		}
		require.Len(t, found, len(before), kind)
		for _, row := range before {
			require.Contains(t, found, row.Key, kind)
		}
	}
}

// fetchAll are the scan's keys of all rows.
func (f *fixture) fetchAll() []database.Key {
	f.Helper()
	keys, err := f.table.Fetch(f.Context(), nil, nil, 1000)
	require.NoError(f, err)
	return keys
}

func ownMarkStays(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Bob")
	require.NoError(t, f.table.Settle(t.Context(), f.mark.Run, f.keysOf("Bob")))
	require.Len(t, f.ledger(), 1)
	require.Empty(t, f.letters(f.mark.Run), "those of this run are no earlier run's")
	require.Equal(t, []string{"Bob"}, f.letters(f.newRun().Run))
}

func migratedStays(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	require.NoError(t, f.table.Settle(t.Context(), f.newRun().Run, f.keysOf("Bob")))
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
		require.NoError(t, f.table.Settle(t.Context(), second.Run, f.keysOf(names...)))
		require.Empty(t, f.letters(second.Run), kind)
		require.Empty(t, f.ledger(), kind)
	}
}

func lettersCounted(t *testing.T, h Harness) {
	f := h.numbers(t)
	names := f.names()
	f.mustBury(names...)
	f.save(f.mark.Run, 4, names[1])
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	begun := f.begin(request("second run"))
	require.Equal(t, f.keys[names[1]], begun.Position)
	require.Equal(t, 2, begun.Failed, "the third is found by the scan")
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
	for i := range letters {
		letters[i].Run, letters[i].FailedAt = 0, time.Time{}
	}
	require.ElementsMatch(t, expected, letters)
}
