package databasetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func lockRules() []rule {
	return append(needing(Constraints, rule{name: "a row that breaks a constraint is the customer's own error", test: lockedOwnError}), []rule{
		{name: "a row that always changes is written under a lock", test: lockedIsWritten},
		{name: "a customer that is gone is not written", test: lockedIsGone},
		{name: "a customer who turns out to need nothing is not written", test: lockedNeedsNothing},
		{name: "an error of the decision undoes the transaction", test: lockedDecisionFails},
		{name: "a panic of the decision undoes the transaction", test: lockedDecisionPanics},
		{name: "a ledger row in the way undoes the transaction", test: lockedConflict},
	}...)
}

func decideGreet(row database.Row) (database.Change, error) { return greet(row), nil }

func (f *fixture) writeLocked(name string, decide func(database.Row) (database.Change, error)) (bool, error) {
	return f.table.WriteLocked(f.Context(), f.mark, f.keys[name], decide)
}

func lockedIsWritten(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.set("Bob", "amount", int64(55))
	var seen database.Row
	written, err := f.writeLocked("Bob", func(row database.Row) (database.Change, error) {
		seen = row
		change := greet(row)
		change.Run("INSERT INTO notes (name) VALUES ('Bob')")
		return change, nil
	})
	require.NoError(t, err)
	require.True(t, written)
	require.Equal(t, int64(55), seen.Value("amount"))
	require.True(t, seen.Key.Equal(f.keys["Bob"]))
	f.requireMigrated("Bob")
	require.Equal(t, []string{"Bob"}, f.column("notes", "name"))
}

func lockedIsGone(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.delete("Bob")
	written, err := f.writeLocked("Bob", decideGreet)
	require.NoError(t, err)
	require.False(t, written)
	f.requireMigrated()
}

func lockedNeedsNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	written, err := f.writeLocked("Bob", func(database.Row) (database.Change, error) {
		return database.Change{PreviouslyMigrated: true}, nil
	})
	require.NoError(t, err)
	require.False(t, written)
	f.requireMigrated()
	f.migrate("Bob")
}

func lockedDecisionFails(t *testing.T, h Harness) {
	f := h.numbers(t)
	problem := errors.New("no number of a phone")
	_, err := f.writeLocked("Bob", func(database.Row) (database.Change, error) { return database.Change{}, database.OwnError(problem) })
	requireClass(t, database.Own, err)
	require.ErrorIs(t, err, problem)
	f.requireMigrated()
	f.migrate("Bob")
}

func lockedDecisionPanics(t *testing.T, h Harness) {
	f := h.numbers(t)
	require.Panics(t, func() {
		_, _ = f.writeLocked("Bob", func(database.Row) (database.Change, error) { panic("no number of a phone") })
	})
	f.migrate("Bob")
	f.requireMigrated("Bob")
}

func lockedOwnError(t *testing.T, h Harness) {
	f := h.numbers(t)
	_, err := f.writeLocked("Bob", func(row database.Row) (database.Change, error) {
		change := greet(row)
		change.Run("INSERT INTO notes (name) VALUES ('Bob')")
		change.Run("INSERT INTO notes (name) VALUES ('Bob')")
		return change, nil
	})
	requireClass(t, database.Own, err)
	f.requireMigrated()
	require.Empty(t, f.column("notes", "name"))
}

func lockedConflict(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Bob")
	_, err := f.writeLocked("Bob", func(row database.Row) (database.Change, error) {
		change := greet(row)
		change.Set("score", int64(3))
		return change, nil
	})
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireMigrated("Bob")
	require.Equal(t, int64(1), f.read("Bob")[0].Value("score"))
}
