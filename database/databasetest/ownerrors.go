package databasetest

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// tooLong is a text that is too long for first_name.
var tooLong = strings.Repeat("x", 12_001)

func ownErrorRules() []rule {
	return append(needing(Constraints, []rule{
		{name: "a row that breaks a constraint undoes the set and is the customer's own error", test: spoiled(func(_ *fixture, change *database.Change) {
			*change = setting("score", int64(1000))
		})},
		{name: "so does a value that is too long for its column", test: spoiled(func(_ *fixture, change *database.Change) {
			*change = setting("first_name", tooLong)
		})},
		{name: "so does a number that is none", test: spoiled(func(_ *fixture, change *database.Change) {
			*change = setting("score", math.NaN())
		})},
		{name: "so does a row that the site's trigger refuses", test: spoiled(func(_ *fixture, change *database.Change) {
			*change = setting("first_name", "refused")
		})},
		{name: "so does a further statement that breaks a constraint", test: spoiled(func(f *fixture, change *database.Change) {
			change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), "taken")
		})},
	}...), []rule{
		{name: "a change that sets nothing is the customer's own error", test: spoiled(func(_ *fixture, change *database.Change) {
			*change = database.Change{}
		})},
		{name: "a further statement that is no SQL is broken", test: brokenStatement},
	}...)
}

// spoiled tries a set in which one change is spoiled: nothing of it may be
// written, and then the others alone.
func spoiled(spoil func(*fixture, *database.Change)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		require.NoError(t, f.act.AddNote("taken"))
		writes := greetAll(f.read("Anna", "Bob", "Carl")...)
		spoil(f, &writes[1].Change)
		_, err := f.table.Write(t.Context(), f.mark, writes)
		requireClass(t, database.Own, err)
		require.NotErrorIs(t, err, database.ErrLedgerConflict)
		f.requireMigrated()
		require.Equal(t, []bool{true, true}, f.write(f.mark, append(writes[:1:1], writes[2])))
		f.requireMigrated("Anna", "Carl")
	}
}

func brokenStatement(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	writes[1].Change.Run("INSERT INTO nowhere (name) VALUES ('x')")
	_, err := f.table.Write(t.Context(), f.mark, writes)
	requireClass(t, database.Broken, err, "nowhere")
	if h.has(Transactions) {
		f.requireMigrated()
	}
	rows, err := f.table.Ledger(t.Context(), f.keysOf("Bob"))
	require.NoError(t, err)
	require.Empty(t, rows)
}
