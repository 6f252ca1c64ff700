package databasetest

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// spellingRules: the site writes a key in another way, which the database takes for
// the same. What is told of a row is told by the key that was asked for.
func spellingRules(h Harness) []rule {
	if !slices.Contains(h.Kinds, Caseless) {
		return nil
	}
	return append([]rule{
		{name: "rows are read by the keys that were asked for", test: spelledRead},
		{name: "the ledger answers by the keys that were asked for", test: spelledLedger},
		{name: "of a set in which a key is respelled, the others are told apart", test: spelledWrite},
		{name: "a respelled row is written under a lock", test: spelledLocked},
		{name: "a respelled row that is in the ledger stops its set", test: spelledConflict},
		{name: "a dead letter of a respelled row makes way", test: spelledDeadLetter},
		{name: "keys that are spelled differently are the same", test: spelledSame},
	}, needing(SQL, []rule{
		{name: "a check finds a respelled row", test: spelledCheck},
		{name: "a statement for a set finds a respelled row", test: spelledStatement(sqlPlan(checkSet, migrateSet, noteSet))},
		{name: "a statement for one row finds a respelled one", test: spelledStatement(sqlPlan(checkOne, migrateOne, noteOne))},
	}...)...)
}

// caseless starts with four customers.
func (h Harness) caseless(t *testing.T) *fixture { return h.start(t, Caseless, plan(), 4) }

// respelled is a key in the other case.
func respelled(key database.Key) database.Key {
	return database.Key{strings.Map(func(letter rune) rune {
		if unicode.IsUpper(letter) {
			return unicode.ToLower(letter)
		}
		return unicode.ToUpper(letter)
	}, key[0])}
}

// respell makes the site spell a customer's key in the other case.
func (f *fixture) respell(names ...string) {
	f.Helper()
	for _, name := range names {
		f.site("UPDATE customers SET id = ? WHERE name = ?", respelled(f.keys[name])[0], name)
	}
}

func spelledRead(t *testing.T, h Harness) {
	f := h.caseless(t)
	f.respell("Anna", "Bob")
	for _, row := range f.readAll() {
		if name := f.nameOf(row); name == "Anna" || name == "Bob" {
			require.Equal(t, respelled(f.keys[name]), row.Key, "a scan tells how it is spelled now")
		}
	}
	rows, err := f.table.ReadKeys(t.Context(), f.keysOf("Anna", "Bob", "Carl"))
	require.NoError(t, err)
	require.Len(t, rows, 3)
	for _, row := range rows {
		require.Equal(t, f.keys[f.nameOf(row)], row.Key)
	}
}

func spelledLedger(t *testing.T, h Harness) {
	f := h.caseless(t)
	f.migrate("Anna", "Carl")
	asked := []database.Key{respelled(f.keys["Anna"]), f.keys["Bob"], f.keys["Carl"]}
	rows, err := f.table.Ledger(t.Context(), asked)
	require.NoError(t, err)
	require.ElementsMatch(t, []database.LedgerRow{
		{Key: asked[0], Stored: f.keys["Anna"], Run: f.mark.Run.Number, Sequence: 1},
		{Key: asked[2], Run: f.mark.Run.Number, Sequence: 1},
	}, rows)
}

// spelledWrite: Bob is respelled, and Carl changed; the answer must not take one for
// another.
func spelledWrite(t *testing.T, h Harness) {
	f := h.caseless(t)
	rows := f.read("Anna", "Bob", "Carl", "Dora")
	f.respell("Anna", "Bob")
	f.set("Anna", "amount", int64(77))
	f.set("Carl", "amount", int64(77))
	require.Equal(t, []bool{false, true, false, true}, f.write(f.mark, greetAll(rows...)))
	f.requireChanged("Bob", "Dora")
	require.Len(t, f.ledger(), 2)
}

func spelledLocked(t *testing.T, h Harness) {
	f := h.caseless(t)
	f.respell("Bob")
	written, err := f.writeLocked("Bob", func(row database.Row) (database.Change, error) {
		require.Equal(t, f.keys["Bob"], row.Key)
		return greet(row), nil
	})
	require.NoError(t, err)
	require.True(t, written)
	f.requireMigrated("Bob")
}

func spelledConflict(t *testing.T, h Harness) {
	f := h.caseless(t)
	f.migrate("Bob")
	f.respell("Bob")
	var writes []database.Write
	for _, row := range f.readAll() {
		writes = append(writes, database.Write{Row: row, Change: greet(row)})
	}
	_, err := f.table.Write(t.Context(), f.mark, writes)
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	rows, err := f.table.Ledger(t.Context(), []database.Key{respelled(f.keys["Bob"])})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, respelled(f.keys["Bob"]), rows[0].Key)
	require.Equal(t, f.keys["Bob"], rows[0].Spelled())
}

func spelledDeadLetter(t *testing.T, h Harness) {
	f := h.caseless(t)
	buried, err := f.table.Bury(t.Context(), f.mark.Run, database.DeadLetter{Key: f.keys["Bob"], Sequence: 1, Error: "no", Attempts: 1})
	require.NoError(t, err)
	require.True(t, buried)
	f.respell("Bob")
	second := f.newRun()
	rows, err := f.table.Ledger(t.Context(), []database.Key{respelled(f.keys["Bob"])})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.True(t, rows[0].Failed)
	second.Replaces = true
	require.Equal(t, []bool{true}, f.write(second, greetAll(f.read("Bob")...)))
	letters, err := f.table.DeadLetters(t.Context(), database.Run{Number: second.Run.Number + 1}, nil, 10)
	require.NoError(t, err)
	require.Empty(t, letters, "the letter goes with the mark, however the row is spelled by now")
}

func spelledSame(t *testing.T, h Harness) {
	f := h.caseless(t)
	anna, bob := f.keys["Anna"], f.keys["Bob"]
	places, err := database.SameKeys(t.Context(), f.table, []database.Key{bob, anna, respelled(bob), anna, respelled(anna), {"nobody"}})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 0, 1, 1, 5}, places)
	places, err = database.SameKeys(t.Context(), f.table, nil)
	require.NoError(t, err)
	require.Empty(t, places)
}

func spelledCheck(t *testing.T, h Harness) {
	f := h.caseless(t)
	f.table = f.open(sqlPlan(checkSet, migrateSet))
	f.respell("Bob", "Carl")
	f.set("Carl", "amount", int64(0))
	needed, err := f.table.Check(t.Context(), f.keysOf("Dora", "Bob", "Carl"))
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, false}, needed)
}

func spelledStatement(planned database.Plan) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.caseless(t)
		f.table = f.open(planned)
		f.respell("Bob", "Carl")
		f.set("Carl", "amount", int64(0))
		require.Equal(t, []bool{true, true, false}, f.write(f.mark, f.bare("Dora", "Bob", "Carl")))
		f.requireMigrated("Bob", "Dora")
		require.ElementsMatch(t, []string{"Bob", "Dora"}, f.column("notes", "name"))
	}
}
