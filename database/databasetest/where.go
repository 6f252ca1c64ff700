package databasetest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func whereRules() []rule {
	return needing(SQL,
		rule{name: "only those of whom it is true are scanned and read", test: whereScan},
		rule{name: "it stays in its brackets", test: whereInBrackets},
		rule{name: "who matches no longer is gone", test: whereGone},
		rule{name: "under a lock it is looked at again", test: whereLocked},
		rule{name: "statements meet those only", test: whereStatements},
		rule{name: "a condition that is none is refused", test: whereRefused},
	)
}

// planWhere is the plan for customers of whom a condition is true; Anna's amount
// is 0, Bob's 10, Carl's 20 …
func planWhere(condition string) database.Plan {
	planned := plan()
	planned.Where = condition
	return planned
}

// startWhere starts with customers whom the condition does not hide from the test.
func (h Harness) startWhere(t *testing.T, condition string, customers int) *fixture {
	f := h.start(t, Numbers, plan(), customers)
	f.table = f.open(planWhere(condition))
	return f
}

// whereScan: NULL is not true.
func whereScan(t *testing.T, h Harness) {
	f := h.startWhere(t, "amount >= 30", scanned)
	f.set("Emil", "amount", nil)
	f.set("Anna", "amount", 1000)
	names := f.names()
	var expected []database.Key
	for _, name := range names {
		if name != "Bob" && name != "Carl" && name != "Emil" {
			expected = append(expected, f.keys[name])
		}
	}
	require.Equal(t, expected, f.within(database.Part{}))
	require.Equal(t, expected[2:6], f.within(database.Part{From: expected[2], To: expected[5]}))
	bound, err := f.table.Bound(t.Context(), nil)
	require.NoError(t, err)
	require.EqualValues(t, len(expected), bound.Estimate)
	rows, err := f.table.ReadKeys(t.Context(), f.keysOf(names...))
	require.NoError(t, err)
	require.ElementsMatch(t, expected, keysOfRows(rows))
}

func whereInBrackets(t *testing.T, h Harness) {
	f := h.startWhere(t, "amount = 10 OR amount = 20", scanned)
	keys := f.keysOf("Bob")
	require.Equal(t, keys, f.within(database.Part{From: keys[0], To: keys[0]}))
	rows, err := f.table.ReadKeys(t.Context(), f.keysOf("Anna", "Bob"))
	require.NoError(t, err)
	require.Equal(t, keys, keysOfRows(rows))
}

func whereGone(t *testing.T, h Harness) {
	f := h.startWhere(t, "amount >= 10", 3)
	rows := f.read("Bob", "Carl")
	f.set("Bob", "amount", 0)
	require.Equal(t, []bool{false, true}, f.write(f.mark, greetAll(rows...)), "a column that is read has changed")
	rows, err := f.table.ReadKeys(t.Context(), f.keysOf("Bob"))
	require.NoError(t, err)
	require.Empty(t, rows)
	f.requireMigrated("Carl")
}

func whereLocked(t *testing.T, h Harness) {
	f := h.startWhere(t, "amount >= 10", 3)
	written, err := f.table.WriteLocked(t.Context(), f.mark, f.keys["Anna"], func(database.Row) (database.Change, error) {
		return database.Change{}, errors.New("it was asked about one who does not match")
	})
	require.NoError(t, err)
	require.False(t, written)
	written, err = f.table.WriteLocked(t.Context(), f.mark, f.keys["Bob"], func(row database.Row) (database.Change, error) { return greet(row), nil })
	require.NoError(t, err)
	require.True(t, written)
	f.requireMigrated("Bob")
}

func whereStatements(t *testing.T, h Harness) {
	planned := sqlPlan("", migrateSet)
	planned.Where = "name <> 'Bob'"
	f := h.startSQL(t, planned)
	require.Nil(t, f.table.Traits().Stretches, "it would migrate customers without a look at them")
	rows := f.readAll()
	require.ElementsMatch(t, f.keysOf("Anna", "Carl", "Dora"), keysOfRows(rows))
	f.write(f.mark, greetAll(rows...))
	f.requireMigrated("Carl", "Dora")
}

func whereRefused(t *testing.T, h Harness) {
	f := h.numbers(t)
	connection, err := h.Driver.Open(t.Context(), f.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	for _, condition := range []string{"nothing_of_the_kind = 1", "amount >", "amount = 1; DROP TABLE customers", "amount = 1) OR (1 = 1", "name = 'x", "amount = 1 --", "id = :id"} {
		_, err := connection.Prepare(t.Context(), planWhere(condition))
		requireClass(t, database.Broken, err, "customer-scanner/where")
	}
}
