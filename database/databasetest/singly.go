package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// singlyRules are for tables that write many customers in transactions of their
// own at once.
func singlyRules() []rule {
	return append(append([]rule{
		{name: "each customer is written with a ledger row", test: singlyWritten},
		{name: "a row that changed or is gone is not written, the others are", test: singlyChanged},
		{name: "a ledger row in the way stops its customer only", test: singlyConflict},
		{name: "changes of different columns are written", test: singlyColumns},
		{name: "further statements commit with their customer only", test: singlyFurther},
		{name: "a customer named twice is written once", test: singlyTwice},
		{name: "a change that sets nothing is its customer's own error", test: singlyOwnError(func(change *database.Change) { *change = database.Change{} })},
	}, needing(SQL, []rule{
		{name: "a statement for one customer", test: singlyStatement(sqlPlan(checkOne, migrateOne))},
		{name: "a statement for a set", test: singlyStatement(sqlPlan(checkSet, migrateSet))},
		{name: "several statements", test: singlyStatement(sqlPlan(checkOne, migrateOne, noteOne))},
		{name: "a statement that goes beyond its customer is broken", test: singlyBeyond},
	}...)...), needing(Constraints, []rule{
		{name: "a row that breaks a constraint is its customer's own error", test: singlyOwnError(func(change *database.Change) { *change = setting("score", int64(1000)) })},
		{name: "so is a value that is too long", test: singlyOwnError(func(change *database.Change) { *change = setting("first_name", tooLong) })},
	}...)...)
}

// each writes singly, and expects no error of the call.
func (f *fixture) each(writes []database.Write) []database.Outcome {
	f.Helper()
	outcomes, err := f.table.Traits().Singly.WriteEach(f.Context(), f.mark, writes)
	require.NoError(f, err)
	require.Len(f, outcomes, len(writes))
	return outcomes
}

// setting is a change of one column.
func setting(column string, value any) database.Change {
	var change database.Change
	change.Set(column, value)
	return change
}

func singly(test func(*fixture)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		if f.table.Traits().Singly == nil {
			t.Skip("this driver's customers are written one by one")
		}
		test(f)
	}
}

// singlyStatement: the site takes Bob's amount away, and Carl has a ledger row.
func singlyStatement(planned database.Plan) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.startSQL(t, planned)
		if f.table.Traits().Singly == nil {
			t.Skip("this driver's customers are written one by one")
		}
		f.write(f.mark, f.bare("Carl"))
		f.site("UPDATE customers SET amount = 0 WHERE name = 'Bob'")
		outcomes := f.each(f.bare("Bob", "Carl", "Dora"))
		require.Equal(t, database.Outcome{}, outcomes[0])
		require.ErrorIs(t, outcomes[1].Err, database.ErrLedgerConflict)
		require.Equal(t, database.Outcome{Written: true}, outcomes[2])
		f.requireMigrated("Carl", "Dora")
	}
}

func singlyBeyond(t *testing.T, h Harness) {
	beyond := sqlPlan("", "UPDATE customers SET first_name = 'all' WHERE id IN (SELECT c.id FROM customers AS c JOIN customers AS d ON (c.amount > 0) = (d.amount > 0) WHERE d.id = :id)")
	f := h.startTelling(t, beyond)
	if f == nil {
		return
	}
	singly := f.table.Traits().Singly
	if singly == nil {
		t.Skip("this driver's customers are written one by one")
	}
	outcomes, err := singly.WriteEach(t.Context(), f.mark, f.bare("Bob", "Carl"))
	if err == nil {
		require.Error(t, outcomes[0].Err)
		require.Error(t, outcomes[1].Err)
	}
	f.requireMigrated()
}

func singlyWritten(t *testing.T, h Harness) {
	singly(func(f *fixture) {
		for _, outcome := range f.each(greetAll(f.read("Anna", "Bob", "Carl")...)) {
			require.Equal(f, database.Outcome{Written: true}, outcome)
		}
		f.requireMigrated("Anna", "Bob", "Carl")
	})(t, h)
}

func singlyChanged(t *testing.T, h Harness) {
	singly(func(f *fixture) {
		writes := greetAll(f.read("Anna", "Bob", "Carl")...)
		f.set("Anna", "amount", int64(77))
		f.delete("Bob")
		require.Equal(f, []database.Outcome{{}, {}, {Written: true}}, f.each(writes))
		f.requireMigrated("Carl")
	})(t, h)
}

func singlyConflict(t *testing.T, h Harness) {
	singly(func(f *fixture) {
		f.migrate("Bob")
		again := greetAll(f.read("Anna", "Bob", "Carl")...)
		outcomes := f.each(again)
		require.ErrorIs(f, outcomes[1].Err, database.ErrLedgerConflict)
		require.Equal(f, []database.Outcome{{Written: true}, {Written: true}}, []database.Outcome{outcomes[0], outcomes[2]})
		f.requireMigrated("Anna", "Bob", "Carl")
	})(t, h)
}

func singlyColumns(t *testing.T, h Harness) {
	singly(func(f *fixture) {
		writes := greetAll(f.read("Anna", "Bob", "Carl")...)
		writes[1].Change = setting("first_name", "Dear Bob")
		require.Equal(f, []database.Outcome{{Written: true}, {Written: true}, {Written: true}}, f.each(writes))
		f.requireMigrated("Anna", "Bob", "Carl")
		require.ElementsMatch(f, []string{"1", "", "1"}, f.column("customers", "score"))
	})(t, h)
}

func singlyFurther(t *testing.T, h Harness) {
	singly(func(f *fixture) {
		writes := greetAll(f.read("Anna", "Bob", "Carl")...)
		f.set("Carl", "amount", int64(77))
		for i, name := range []string{"Anna", "Bob", "Carl"} {
			writes[i].Change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), name)
		}
		require.NoError(f, f.act.AddNote("Bob"))
		outcomes := f.each(writes)
		require.Equal(f, []bool{true, false, false}, []bool{outcomes[0].Written, outcomes[1].Written, outcomes[2].Written})
		requireClass(f.T, database.Own, outcomes[1].Err)
		f.requireMigrated("Anna")
		require.ElementsMatch(f, []string{"Anna", "Bob"}, f.column("notes", "name"))
	})(t, h)
}

func singlyTwice(t *testing.T, h Harness) {
	singly(func(f *fixture) {
		rows := f.read("Anna", "Bob")
		outcomes := f.each(greetAll(rows[0], rows[1], rows[0]))
		require.Equal(f, []bool{true, true, false}, []bool{outcomes[0].Written, outcomes[1].Written, outcomes[2].Written})
		f.requireMigrated("Anna", "Bob")
	})(t, h)
}

func singlyOwnError(spoil func(*database.Change)) func(*testing.T, Harness) {
	return singly(func(f *fixture) {
		writes := greetAll(f.read("Anna", "Bob", "Carl")...)
		spoil(&writes[1].Change)
		outcomes := f.each(writes)
		requireClass(f.T, database.Own, outcomes[1].Err)
		require.Equal(f, []bool{true, false, true}, []bool{outcomes[0].Written, outcomes[1].Written, outcomes[2].Written})
		f.requireMigrated("Anna", "Carl")
	})
}
