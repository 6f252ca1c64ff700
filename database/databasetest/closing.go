package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func closingRules(harness Harness) []rule {
	rules := []rule{
		{name: "the ledger is counted by run", test: balanceOfRun},
	}
	for _, kind := range harness.Kinds {
		rules = append(rules, rule{name: "rows without a ledger row are found: " + string(kind), test: unledgeredFound(kind)})
	}
	return append(rules, needing(SQL,
		rule{name: "the check is asked for all rows", test: balanceByCheck},
		rule{name: "a check of another form is asked for all rows, too", test: balanceByAnyCheck},
		rule{name: "signs in a check are the user's own", test: balanceBySigns},
		rule{name: "signs in a condition are the user's own", test: balanceWhereSigns},
		rule{name: "a check for rows one by one is asked for each", test: balanceByOne},
		rule{name: "a check that joins counts each row once", test: balanceByJoins},
		rule{name: "what is undone is what the other ledger has", test: balanceOfUndo},
		rule{name: "only rows of the plan's condition are asked for", test: balanceWhere},
	)...)
}

func (f *fixture) balance(window database.Window, full bool) database.Balance {
	f.Helper()
	found, err := f.table.Balance(f.Context(), f.mark.Run, window, full)
	require.NoError(f, err)
	return found
}

func (f *fixture) left(window database.Window, limit int, undone bool) []string {
	f.Helper()
	keys, err := f.table.LeftKeys(f.Context(), f.mark.Run, window, limit, undone)
	require.NoError(f, err)
	names := []string{}
	for _, key := range keys {
		names = append(names, f.nameByKey(key))
	}
	return names
}

func balanceOfRun(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.mark = f.newRun()
	f.migrate("Bob")
	f.mustBury("Carl")
	require.Equal(t, database.Balance{Migrated: 1, Failed: 1, Ledgered: 3}, f.balance(database.Window{}, false))
	found := f.balance(database.Window{}, true)
	require.Equal(t, []int64{1, 1, 3, 3}, []int64{found.Migrated, found.Failed, found.Rows, found.Ledgered})
	require.False(t, found.Judged)
	require.Empty(t, f.left(database.Window{}, 10, false))
}

func unledgeredFound(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		names := f.names()
		f.migrate(names[2:]...)
		require.ElementsMatch(t, names[:2], f.left(database.Window{}, 100, false))
		require.Len(t, f.left(database.Window{}, 1, false), 1)
		total := database.Balance{}
		keys := f.fetchAll()
		windows := []database.Window{{UpTo: keys[3]}, {After: keys[3], UpTo: keys[6]}, {After: keys[6]}}
		var found []string
		for _, window := range windows {
			total.Add(f.balance(window, true))
			found = append(found, f.left(window, 100, false)...)
		}
		require.Equal(t, f.balance(database.Window{}, true), total)
		require.Equal(t, int64(len(names)-2), total.Migrated)
		require.Equal(t, int64(len(names)), total.Rows)
		require.ElementsMatch(t, names[:2], found)
	}
}

func balanceByCheck(t *testing.T, h Harness) {
	for _, check := range []string{"SELECT id FROM customers WHERE id IN (:ids) AND amount > 0 AND first_name IS NULL", "SELECT c.id FROM customers c WHERE c.id IN (:ids) AND c.first_name IS NULL AND c.amount > 0 -- those"} {
		f := h.startSQL(t, sqlPlan(check, migrateSet))
		f.requireBalanced()
	}
}

func balanceByAnyCheck(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("SELECT id FROM customers WHERE amount > 0 AND first_name IS NULL AND id IN (SELECT id FROM customers WHERE id IN (:ids))", migrateSet))
	f.requireBalanced()
}

// requireBalanced: Bob, Carl and Dora need it, and are found until they are migrated;
// what is changed back is found by its own name.
func (f *fixture) requireBalanced() {
	f.Helper()
	found := f.balance(database.Window{}, true)
	require.True(f, found.Judged)
	require.Equal(f, []int64{0, 3, 0}, []int64{found.Migrated, found.Left, found.Undone})
	require.Zero(f, found.Again)
	require.ElementsMatch(f, []string{"Bob", "Carl", "Dora"}, f.left(database.Window{}, 10, false))
	f.write(f.mark, f.bare("Bob", "Carl"))
	f.set("Carl", "first_name", nil)
	found = f.balance(database.Window{}, true)
	require.Equal(f, []int64{2, 1, 1}, []int64{found.Migrated, found.Left, found.Undone})
	require.Equal(f, []string{"Dora"}, f.left(database.Window{}, 10, false))
	require.Equal(f, []string{"Carl"}, f.left(database.Window{}, 10, true))
	keys := f.fetchAll()
	total := f.balance(database.Window{UpTo: keys[1]}, true)
	total.Add(f.balance(database.Window{After: keys[1]}, true))
	require.Equal(f, found, total)
	f.mark = f.newRun()
	found = f.balance(database.Window{}, true)
	require.Equal(f, []int64{0, 1, 0, 1}, []int64{found.Migrated, found.Left, found.Undone, found.Again}, "a run before this one has migrated Carl")
	require.Equal(f, []string{"Dora"}, f.left(database.Window{}, 10, false))
	require.Empty(f, f.left(database.Window{}, 10, true))
}

// balanceByJoins: a check that joins may name a row several times, or none at all.
func balanceByJoins(t *testing.T, h Harness) {
	for _, joins := range []string{"customers o LEFT JOIN customers c ON c.id = o.id AND c.amount > 0", "customers c JOIN customers o ON o.id <> c.id AND c.amount > 0"} {
		f := h.startSQL(t, sqlPlan("SELECT c.id FROM "+joins+" WHERE c.id IN (:ids) AND c.first_name IS NULL", migrateSet))
		f.requireBalanced()
	}
}

// balanceByOne: it is asked about each row inside of the database.
func balanceByOne(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("SELECT id FROM customers WHERE id = :id AND amount > 0 AND first_name IS NULL -- this one", migrateSet))
	f.requireBalanced()
}

func balanceOfUndo(t *testing.T, h Harness) {
	f := h.migrated(t)
	f.change(undo(), "undo")
	found := f.balance(database.Window{}, true)
	require.Equal(t, int64(3), found.Left)
	f.delete("Dora")
	f.write(f.mark, f.bare("Bob"))
	found = f.balance(database.Window{}, true)
	require.Equal(t, []int64{1, 1, 0}, []int64{found.Migrated, found.Left, found.Undone})
	require.Equal(t, []string{"Carl"}, f.left(database.Window{}, 10, false))
}

func balanceWhere(t *testing.T, h Harness) {
	planned := sqlPlan(checkSet, migrateSet)
	planned.Where = "name <> 'Dora'"
	f := h.startSQL(t, planned)
	require.Equal(t, int64(2), f.balance(database.Window{}, true).Left)
	require.ElementsMatch(t, []string{"Bob", "Carl"}, f.left(database.Window{}, 10, false))
}

// signs are conditions that are true of all rows; none of their question marks is a
// parameter.
func (h Harness) signs() []string {
	return append([]string{"name <> 'why? it''s :ids, $1 or ?'"}, h.Signs...)
}

// signsPlan has a check of the form that is asked as a range, or as a query.
func signsPlan(condition, keys string) database.Plan {
	return sqlPlan("SELECT id FROM customers WHERE id IN ("+keys+") AND amount > 0 AND "+condition+" AND first_name IS NULL /* isn't it? */ -- it's :ids?",
		"UPDATE customers SET first_name = concat('Dear ', name) WHERE id IN (:ids) AND "+condition+" AND amount > 0")
}

func balanceBySigns(t *testing.T, h Harness) {
	for _, condition := range h.signs() {
		h.startSQL(t, signsPlan(condition, ":ids")).requireBalanced()
		h.startSQL(t, signsPlan(condition, "SELECT id FROM customers WHERE id IN (:ids) AND id IN (:ids)")).requireBalanced()
	}
}

// balanceWhereSigns goes through all that a condition is a part of.
func balanceWhereSigns(t *testing.T, h Harness) {
	for _, condition := range h.signs() {
		planned := signsPlan(condition, ":ids")
		planned.Where = condition
		f := h.startSQL(t, planned)
		require.Len(t, f.fetchAll(), 4)
		rows := f.readAll()
		require.Len(t, rows, 4)
		f.requireBalanced()
		planned = plan()
		planned.Where = condition
		f.table = f.open(planned)
		require.Equal(t, int64(4), f.balance(database.Window{}, true).Rows)
		f.migrate("Anna")
		require.Equal(t, []string{"Dora"}, f.left(database.Window{}, 10, false), "Bob and Carl are in the ledger")
	}
}
