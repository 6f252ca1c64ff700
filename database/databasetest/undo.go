package databasetest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func undoRules() []rule {
	return needing(SQL,
		rule{name: "those in the other's ledger are undone, once, and leave it", test: undone},
		rule{name: "after a second migration a second undo skips nobody", test: undoneTwice},
		rule{name: "an undo that fails leaves both ledgers as they were", test: undoRefused},
		rule{name: "who could not be migrated is not undone", test: failedNotUndone},
		rule{name: "two undos at once undo everybody once", test: undoneAtOnce},
		rule{name: "a run makes its counterpart begin anew", test: counterpartBeginsAnew},
		rule{name: "what deletes rows cannot be undone", test: deletedNotUndone},
		rule{name: "where nothing was migrated there is nothing to undo", test: nothingToUndo},
		rule{name: "a ledger is dropped together with that of its undo", test: dropBoth},
	)
}

const undoing = migration + "-undo"

// undoable is a migration in SQL that can be undone, and undo the one that does.
func undoable() database.Plan {
	planned := sqlPlan(checkSet, migrateSet)
	planned.UndoneBy = undoing
	return planned
}

func undo(further ...string) database.Plan {
	planned := sqlPlan("", "UPDATE customers SET first_name = NULL WHERE id IN (:ids)", further...)
	planned.Migration, planned.Undoes = undoing, migration
	return planned
}

// change ends the run, and begins one of another plan.
func (f *fixture) change(planned database.Plan, id string) {
	f.Helper()
	f.end(f.mark.Run, database.Ending{Outcome: "completed", Discard: true})
	f.table = f.open(planned)
	asked := request(id)
	asked.Migration = planned.Migration
	f.mark = database.Mark{Run: f.begin(asked).Run, Sequence: 1}
}

// migrated starts with Bob, Carl and Dora migrated, and ready to be undone.
func (h Harness) migrated(t *testing.T) *fixture {
	f := h.startSQL(t, undoable())
	f.change(undoable(), "migration")
	require.Equal(t, []bool{false, true, true, true}, f.write(f.mark, f.bare("Anna", "Bob", "Carl", "Dora")))
	return f
}

func (f *fixture) requireNeeded(expected ...bool) {
	f.Helper()
	needed, err := f.table.Check(f.Context(), f.keysOf("Anna", "Bob", "Carl", "Dora"))
	require.NoError(f, err)
	require.Equal(f, expected, needed)
}

// requireLedgers: so many customers stand in the ledgers of both.
func (f *fixture) requireLedgers(migrated, undone int) {
	f.Helper()
	require.Len(f, f.texts("SELECT id FROM db_migrate_ledger_customers_conformance_test"), migrated)
	require.Len(f, f.texts("SELECT id FROM db_migrate_ledger_customers_conformance_test_undo"), undone)
}

func undone(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.requireLedgers(3, 0)
	f.change(undo(noteSet), "undo")
	f.requireNeeded(false, true, true, true)
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
	require.Equal(t, []string{"Dora"}, f.greeted("customers"))
	f.requireLedgers(1, 2)
	f.requireNeeded(false, false, false, true)
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Dora", "Bob"))
	if err == nil { // the driver checks again under a lock
		require.ElementsMatch(t, []string{"Bob", "Carl", "Dora"}, f.column("notes", "name"))
		f.requireLedgers(0, 3)
		return
	}
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireLedgers(1, 2)
	require.ElementsMatch(t, []string{"Bob", "Carl"}, f.column("notes", "name"))
}

func undoneTwice(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.change(undo(), "undo")
	f.write(f.mark, f.bare("Bob", "Carl", "Dora"))
	f.change(undoable(), "second migration")
	f.requireNeeded(false, true, true, true)
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
	f.requireLedgers(2, 1)
	f.change(undo(), "second undo")
	f.requireNeeded(false, true, true, false)
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
	require.Empty(t, f.greeted("customers"))
	f.requireLedgers(0, 3)
}

func undoRefused(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.change(undo(noteSet), "undo")
	require.NoError(t, f.act.AddNote("Carl"))
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Bob", "Carl"))
	requireClass(t, database.Own, err)
	f.requireLedgers(3, 0)
	require.ElementsMatch(t, []string{"Bob", "Carl", "Dora"}, f.greeted("customers"))
}

func failedNotUndone(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.mustBury("Anna")
	f.change(undo(), "undo")
	f.requireNeeded(false, true, true, true)
}

func undoneAtOnce(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.change(undo(noteOne), "undo")
	tables := []database.Table{f.table, f.open(undo(noteOne))}
	var all sync.WaitGroup
	counts := make([]int, len(tables))
	for i, table := range tables {
		all.Go(func() {
			written, err := f.persist(table, f.bare("Bob", "Carl", "Dora"))
			if err != nil {
				assert.ErrorIs(t, err, database.ErrLedgerConflict)
				return
			}
			for _, one := range written.Rows {
				if one {
					counts[i]++
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, 3, counts[0]+counts[1])
	f.requireLedgers(0, 3)
	require.Len(t, f.column("notes", "name"), 3)
}

// cancelAt ends the run behind a customer.
func (f *fixture) cancelAt(name string) {
	f.save(f.mark.Run, 1, name)
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled"})
}

func counterpartBeginsAnew(t *testing.T, h Harness) {
	f := h.migrated(t)
	begin := func(planned database.Plan, id string) database.BegunRun {
		f.table = f.open(planned)
		asked := request(id)
		asked.Migration = planned.Migration
		begun := f.begin(asked)
		f.mark = database.Mark{Run: begun.Run, Sequence: 1}
		return begun
	}
	f.cancelAt("Bob")
	require.Equal(t, f.keys["Bob"], begin(undoable(), "goes on").Position)
	f.cancelAt("Carl")
	require.Nil(t, begin(undo(), "undo").Position)
	f.cancelAt("Bob")
	require.Equal(t, f.keys["Bob"], begin(undo(), "undo goes on").Position)
	f.cancelAt("Carl")
	require.Nil(t, begin(undoable(), "begins anew").Position)
	f.end(f.mark.Run, database.Ending{Outcome: "completed", Discard: true})
	require.Nil(t, begin(undo(), "undo begins anew").Position)
}

func nothingToUndo(t *testing.T, h Harness) {
	err := h.prepareError(t, undo())
	requireClass(t, database.Broken, err, "there is no ledger", "db_migrate_ledger_customers_conformance_test", "of migration conformance-test here, so that there is nothing to undo")
}

func dropBoth(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.change(undo(), "undo")
	f.write(f.mark, f.bare("Bob"))
	f.end(f.mark.Run, database.Ending{Outcome: "completed", Discard: true})
	f.table = f.open(undoable())
	require.Len(t, f.drop(), 7)
	f.requireNoTables()
}

// deletedNotUndone: the migration with an undo is refused, and so is that undo, if rows
// were deleted before.
func deletedNotUndone(t *testing.T, h Harness) {
	statements := [][]string{{migrateSet, "DELETE FROM customers WHERE id IN (:ids)"}}
	if h.has(Returning) {
		statements = append(statements, []string{"DELETE FROM customers WHERE id IN (:ids) AND amount > 0 RETURNING id"},
			[]string{"WITH gone AS (DELETE FROM customers WHERE id IN (:ids) RETURNING id, name) SELECT id FROM gone"})
	}
	says := "it deletes rows of table customers, which no undo can find again by a scan of the table"
	for _, migrate := range statements {
		planned := undoable()
		planned.Statements.Migrate = migrate
		requireClass(t, database.Broken, h.prepareError(t, planned), migration+", migrate statement", says)
		f := h.migrated(t)
		undoing := undo()
		undoing.Undone = migrate
		connection, err := h.Driver.Open(t.Context(), f.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		_, err = connection.Prepare(t.Context(), undoing)
		requireClass(t, database.Broken, err, "migration "+migration+", migrate statement", says)
	}
	again := undoable()
	again.Statements.Migrate = []string{migrateSet, "DELETE FROM customers WHERE id IN (:ids)", "INSERT INTO customers (id, name) SELECT id, name FROM archive WHERE id IN (:ids)"}
	f := h.startSQL(t, undoable())
	f.site("CREATE TABLE archive (id bigint, name varchar(100))")
	f.open(again)
}
