package databasetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// stretchRules are for tables that migrate neighbouring customers by one statement.
func stretchRules() []rule {
	return needing(SQL, []rule{
		{name: "neighbours are migrated, the others skipped", test: stretchMigrates(sqlPlan(checkSet, migrateSet))},
		{name: "without a check the statement decides", test: stretchMigrates(sqlPlan("", migrateSet))},
		{name: "a range is gone through in steps", test: stretchInSteps},
		{name: "the keys of two columns", test: stretchOfPairs},
		{name: "a row that breaks a constraint undoes all", test: stretchOwnError},
		{name: "a ledger row in the way undoes all", test: stretchConflict},
		{name: "a row that is deleted and inserted again meanwhile is still needed", test: stretchReinserted},
		{name: "a row that the site fills meanwhile is skipped", test: stretchFilled},
	}...)
}

// stretching starts with five customers, of whom Anna needs nothing.
func (h Harness) stretching(t *testing.T, planned database.Plan, kind KeyKind, test func(*fixture, database.Stretches)) {
	f := h.start(t, kind, plan(), 5)
	f.site("UPDATE customers SET amount = 0 WHERE name = 'Anna'")
	f.table = f.open(planned)
	if _, ok := f.table.(database.Stretches); !ok {
		t.Skip("this driver's customers are handed out by their keys")
	}
	require.NotNil(t, f.table.Traits().Stretches)
	test(f, f.table.Traits().Stretches)
}

// stretch migrates a stretch and expects no error.
func (f *fixture) stretch(table database.Stretches, after database.Key, limit int) database.Stretch {
	f.Helper()
	found, err := table.MigrateStretch(f.Context(), f.mark, database.Range{Sequence: 1, UpTo: f.last()}, after, limit, true)
	require.NoError(f, err)
	return found
}

// last is the greatest key.
func (f *fixture) last() database.Key {
	f.Helper()
	bound, err := f.table.Bound(f.Context(), nil)
	require.NoError(f, err)
	return bound.UpTo
}

func (f *fixture) namesOf(keys []database.Key) []string {
	var names []string
	for _, key := range keys {
		names = append(names, f.nameByKey(key))
	}
	return names
}

func stretchMigrates(planned database.Plan) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		h.stretching(t, planned, Numbers, func(f *fixture, table database.Stretches) {
			found := f.stretch(table, nil, 100)
			require.Equal(t, 5, found.Customers)
			require.Equal(t, f.last(), found.Last)
			require.Empty(t, found.Needed)
			require.ElementsMatch(t, []string{"Bob", "Carl", "Dora", "Emil"}, f.namesOf(found.Names))
			f.requireMigrated("Bob", "Carl", "Dora", "Emil")
			require.Zero(t, f.stretch(table, found.Last, 100).Customers, "behind the last")
		})
	}
}

func stretchInSteps(t *testing.T, h Harness) {
	h.stretching(t, sqlPlan(checkSet, migrateSet), Numbers, func(f *fixture, table database.Stretches) {
		var migrated []string
		var after database.Key
		for _, customers := range []int{2, 2, 1} {
			found := f.stretch(table, after, 2)
			require.Equal(t, customers, found.Customers)
			migrated = append(migrated, f.namesOf(found.Names)...)
			after = found.Last
		}
		require.ElementsMatch(t, []string{"Bob", "Carl", "Dora", "Emil"}, migrated)
		f.requireMigrated("Bob", "Carl", "Dora", "Emil")
	})
}

func stretchOfPairs(t *testing.T, h Harness) {
	const conditions = " WHERE (region, id) IN (:ids) AND amount > 0"
	planned := sqlPlan("SELECT region, id FROM customers"+conditions, "UPDATE customers SET first_name = concat('Dear ', name)"+conditions)
	h.stretching(t, planned, Pairs, func(f *fixture, table database.Stretches) {
		first := f.stretch(table, nil, 3)
		second := f.stretch(table, first.Last, 3)
		require.Equal(t, []int{3, 2}, []int{first.Customers, second.Customers})
		f.requireMigrated("Bob", "Carl", "Dora", "Emil")
	})
}

func stretchOwnError(t *testing.T, h Harness) {
	refuse := "UPDATE customers SET first_name = CASE name WHEN 'Carl' THEN 'refused' ELSE 'fine' END WHERE id IN (:ids) AND amount > 0"
	h.stretching(t, sqlPlan("", refuse), Numbers, func(f *fixture, table database.Stretches) {
		_, err := table.MigrateStretch(t.Context(), f.mark, database.Range{Sequence: 1, UpTo: f.last()}, nil, 100, true)
		requireClass(t, database.Own, err)
		f.requireMigrated()
	})
}

func stretchConflict(t *testing.T, h Harness) {
	h.stretching(t, sqlPlan(checkSet, migrateSet), Numbers, func(f *fixture, table database.Stretches) {
		require.Equal(t, []bool{true}, f.write(f.mark, f.bare("Carl")))
		_, err := table.MigrateStretch(t.Context(), f.mark, database.Range{Sequence: 2, UpTo: f.last()}, nil, 100, true)
		require.ErrorIs(t, err, database.ErrLedgerConflict)
		f.requireMigrated("Carl")
	})
}

// meanwhile lets the site's transaction begin before a stretch and end while that
// waits for it.
func (f *fixture) meanwhile(table database.Stretches, statements ...string) database.Stretch {
	f.Helper()
	site, err := f.DB.BeginTx(f.Context(), nil)
	require.NoError(f, err)
	for _, statement := range statements {
		_, err := site.ExecContext(f.Context(), statement)
		require.NoError(f, err)
	}
	type answer struct {
		found database.Stretch
		err   error
	}
	answered := make(chan answer, 1)
	part := database.Range{Sequence: 1, UpTo: f.last()}
	go func() {
		found, err := table.MigrateStretch(context.WithoutCancel(f.Context()), f.mark, part, nil, 100, false)
		answered <- answer{found, err}
	}()
	time.Sleep(200 * time.Millisecond) // by now it waits; if it does not yet, the outcome is the same
	require.NoError(f, site.Commit())
	got := <-answered
	require.NoError(f, got.err)
	return got.found
}

func stretchReinserted(t *testing.T, h Harness) {
	h.stretching(t, sqlPlan(checkSet, migrateSet), Numbers, func(f *fixture, table database.Stretches) {
		id := f.keys["Carl"][0]
		found := f.meanwhile(table, "DELETE FROM customers WHERE name = 'Carl'", "INSERT INTO customers (id, name, amount) VALUES ("+id+", 'Carl', 5)")
		require.Equal(t, []string{"Carl"}, f.namesOf(found.Needed))
		f.requireMigrated("Bob", "Dora", "Emil")
	})
}

func stretchFilled(t *testing.T, h Harness) {
	h.stretching(t, sqlPlan(checkSet, migrateSet), Numbers, func(f *fixture, table database.Stretches) {
		found := f.meanwhile(table, "UPDATE customers SET amount = 0 WHERE name = 'Carl'")
		require.Empty(t, found.Needed)
		require.Equal(t, 5, found.Customers)
		f.requireMigrated("Bob", "Dora", "Emil")
	})
}
