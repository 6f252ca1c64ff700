package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// secondTableRules: a migration that writes a second table has a row in it for
// each customer whose own row was updated, and for nobody else.
func secondTableRules() []rule {
	rules := []rule{{name: "it has exactly those who were written", test: secondTableWritten}}
	for name, spoil := range map[string]func(*fixture, *database.Change){
		"a row that breaks a constraint": func(_ *fixture, change *database.Change) { change.Set("score", int64(1000)) },
		"a second table's that does": func(f *fixture, change *database.Change) {
			change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), "taken")
		},
		"SQL that is none": func(_ *fixture, change *database.Change) { change.Run("INSERT INTO nowhere (name) VALUES ('x')") },
	} {
		rules = append(rules, needing(Constraints, rule{name: "it is undone with the set by " + name, test: secondTableUndone(spoil)})...)
	}
	return append(append(rules, needing(Transactions, rule{name: "it is undone with the set by a ledger row in the way", test: secondTableConflict})...),
		needing(SQL, rule{name: "it is undone with the set of a migration in SQL", test: secondTableOfStatements})...)
}

// noted makes the writes of these customers, each with a note.
func (f *fixture) noted(names ...string) []database.Write {
	f.Helper()
	writes := greetAll(f.read(names...)...)
	for i := range writes {
		writes[i].Change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), f.nameOf(writes[i].Row))
	}
	return writes
}

// secondTableWritten: of one set Bob is changed by the site, and Dora deleted;
// Bob is written the second time.
func secondTableWritten(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 4)
	writes := f.noted("Anna", "Bob", "Carl", "Dora")
	f.set("Bob", "amount", int64(77))
	f.delete("Dora")
	require.Equal(t, []bool{true, false, true, false}, f.write(f.mark, writes))
	require.ElementsMatch(t, []string{"Anna", "Carl"}, f.column("notes", "name"))
	require.Equal(t, []bool{true}, f.write(f.mark, f.noted("Bob")))
	require.ElementsMatch(t, []string{"Anna", "Bob", "Carl"}, f.column("notes", "name"))
	f.requireMigrated("Anna", "Bob", "Carl")
}

// secondTableUndone: Carl, the last of the set, spoils it, and the others are
// written without him.
func secondTableUndone(spoil func(*fixture, *database.Change)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		require.NoError(t, f.act.AddNote("taken"))
		writes := f.noted("Anna", "Bob", "Carl")
		spoil(f, &writes[2].Change)
		_, err := f.table.Write(t.Context(), f.mark, writes)
		require.Error(t, err)
		require.Equal(t, []string{"taken"}, f.column("notes", "name"))
		f.requireMigrated()
		require.Equal(t, []bool{true, true}, f.write(f.mark, writes[:2]))
		require.ElementsMatch(t, []string{"taken", "Anna", "Bob"}, f.column("notes", "name"))
		f.requireMigrated("Anna", "Bob")
	}
}

// secondTableConflict: Bob was migrated by another attempt after he was read.
func secondTableConflict(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := f.noted("Anna", "Bob", "Carl")
	require.Equal(t, []bool{true}, f.write(f.mark, f.noted("Bob")))
	written, err := f.table.Write(t.Context(), f.mark, writes)
	if err == nil { // Bob's row is no more as it was read
		require.Equal(t, []bool{true, false, true}, written.Rows)
		require.ElementsMatch(t, []string{"Anna", "Bob", "Carl"}, f.column("notes", "name"))
		return
	}
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	require.Equal(t, []string{"Bob"}, f.column("notes", "name"))
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.noted("Anna", "Carl")))
	require.ElementsMatch(t, []string{"Anna", "Bob", "Carl"}, f.column("notes", "name"))
	f.requireMigrated("Anna", "Bob", "Carl")
}

// secondTableOfStatements: Dora's note is there already, so that the set's second
// statement fails.
func secondTableOfStatements(t *testing.T, h Harness) {
	for _, note := range []string{noteSet, noteOne} {
		f := h.startSQL(t, sqlPlan(checkSet, migrateSet, note))
		require.NoError(t, f.act.AddNote("Dora"))
		_, err := f.table.Write(t.Context(), f.mark, f.bare("Bob", "Carl", "Dora"))
		requireClass(t, database.Own, err)
		require.Equal(t, []string{"Dora"}, f.column("notes", "name"))
		require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
		require.ElementsMatch(t, []string{"Bob", "Carl", "Dora"}, f.column("notes", "name"))
		f.requireMigrated("Bob", "Carl")
	}
}
