package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func rehearsalRules(harness Harness) []rule {
	rules := append([]rule{
		{name: "rows are shown before and after, and nothing remains", test: rehearsed},
		{name: "no table of ours is needed, and none is made", test: rehearsedWithoutBooks},
		{name: "a row that has changed since it was read is not written", test: rehearsedChanged},
		{name: "a row that is gone is told", test: rehearsedGone},
		{name: "a lock of the site's ends the rehearsal", test: rehearsedLocked},
		{name: "a statement that may commit is not run", test: rehearsedCommitting},
	}, needing(Constraints, rule{name: "a row that is refused is the customer's own error, and nothing remains", test: rehearsedRefused})...)
	rules = append(rules, needing(SQL,
		rule{name: "statements are shown by what they write", test: rehearsedStatements(migrateSet, noteSet)},
		rule{name: "so are those for one customer", test: rehearsedStatements(migrateOne, noteOne)},
		rule{name: "a check that asks for what is migrated is told", test: rehearsedUnmet},
	)...)
	if harness.FailsAtCommit != nil {
		rules = append(rules, needing(EarlyChecks, rule{name: "a constraint that would fail at the commit is told", test: rehearsedAtCommit})...)
	}
	return needing(Transactions, rules...)
}

// contents is all that the site sees.
func (f *fixture) contents() [][]string {
	f.Helper()
	return append(f.rows("customers", "id", "name", "amount", "first_name", "score"), f.rows("notes", "name")...)
}

func (f *fixture) rehearse(writes []database.Write) (database.Rehearsed, error) {
	f.Helper()
	before := f.contents()
	found, err := f.table.Traits().Rehearsal.Rehearse(f.Context(), writes)
	require.Equal(f, before, f.contents())
	return found, err
}

func (f *fixture) mustRehearse(writes []database.Write) []database.RehearsedRow {
	f.Helper()
	found, err := f.rehearse(writes)
	require.NoError(f, err)
	require.Len(f, found.Rows, len(writes))
	require.Positive(f, found.Held)
	return found.Rows
}

// requireShown: a row's column is shown with these values, as texts.
func (f *fixture) requireShown(row database.RehearsedRow, column, before, after string) {
	f.Helper()
	require.Equal(f, before, database.Row{Columns: row.Columns, Values: row.Before}.Text(column))
	require.Equal(f, after, database.Row{Columns: row.Columns, Values: row.After}.Text(column))
}

func rehearsed(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	writes[0].Change.Run("INSERT INTO notes (name) VALUES ('Anna')")
	rows := f.mustRehearse(writes)
	for i, name := range []string{"Anna", "Bob"} {
		require.True(t, rows[i].Written)
		require.False(t, rows[i].Needed)
		f.requireShown(rows[i], "first_name", "", "Dear "+name)
		f.requireShown(rows[i], "score", "", "1")
		f.requireShown(rows[i], "name", name, name)
	}
	f.requireMigrated()
	require.Equal(t, []bool{true, true}, f.write(f.mark, writes))
}

func rehearsedWithoutBooks(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.end(f.mark.Run, database.Ending{Outcome: "completed"})
	_, err := f.table.DropLedger(t.Context(), database.DropRequest{})
	require.NoError(t, err)
	f.requireShown(f.mustRehearse(greetAll(f.read("Bob")...))[0], "first_name", "", "Dear Bob")
	dropped, err := f.table.DropLedger(t.Context(), database.DropRequest{})
	require.NoError(t, err)
	require.Empty(t, dropped)
}

func rehearsedChanged(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	f.set("Bob", "amount", int64(77))
	rows := f.mustRehearse(writes)
	require.Equal(t, []bool{true, false}, []bool{rows[0].Written, rows[1].Written})
	require.NotNil(t, rows[1].Before)
}

func rehearsedGone(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	f.delete("Bob")
	rows := f.mustRehearse(writes)
	require.True(t, rows[0].Written)
	require.False(t, rows[1].Written)
	require.Nil(t, rows[1].Before)
	require.Nil(t, rows[1].After)
}

func rehearsedRefused(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	writes[1].Change.Set("score", int64(1000))
	_, err := f.rehearse(writes)
	requireClass(t, database.Own, err)
	_, err = f.rehearse(writes[1:])
	requireClass(t, database.Own, err)
	f.mustRehearse(writes[:1])
}

func rehearsedLocked(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Bob")...)
	held := f.holding("UPDATE customers SET amount = 77 WHERE name = 'Bob'")
	_, err := f.table.Traits().Rehearsal.Rehearse(t.Context(), writes)
	requireClass(t, database.Contention, err)
	require.NoError(t, held.Rollback())
	f.mustRehearse(writes)
}

func rehearsedCommitting(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Bob")...)
	writes[0].Change.Run("DROP TABLE notes")
	_, err := f.rehearse(writes)
	var refused *database.UndoError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, `begins with "DROP"`)
}

func rehearsedStatements(migrate, note string) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.startSQL(t, sqlPlan("SELECT id FROM customers WHERE id IN (:ids) AND amount > 0 AND first_name IS NULL", migrate, note))
		rows := f.mustRehearse(f.bare("Anna", "Bob", "Carl"))
		require.False(t, rows[0].Written)
		f.requireShown(rows[0], "first_name", "", "")
		for i, name := range []string{"Bob", "Carl"} {
			require.True(t, rows[i+1].Written)
			require.False(t, rows[i+1].Needed)
			f.requireShown(rows[i+1], "first_name", "", "Dear "+name)
		}
		f.requireMigrated()
	}
}

func rehearsedUnmet(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan(checkSet, migrateSet))
	row := f.mustRehearse(f.bare("Bob"))[0]
	require.True(t, row.Written)
	require.True(t, row.Needed)
}

func rehearsedAtCommit(t *testing.T, h Harness) {
	f := h.numbers(t)
	for _, statement := range h.FailsAtCommit {
		f.site(statement)
	}
	writes := greetAll(f.read("Bob")...)
	writes[0].Change.Set("first_name", "late")
	_, err := f.rehearse(writes)
	requireClass(t, database.Own, err)
}
