package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// keyRules: a row keeps its key, since the scan and the ledger know it by it.
func keyRules(harness Harness) []rule {
	upsert := "INSERT INTO customers (id, name, amount) SELECT id, name, amount FROM customers WHERE id IN (:ids) ON DUPLICATE KEY UPDATE score = 1, id = -id"
	if harness.has(Returning) {
		upsert = "INSERT INTO customers (id, name, amount) SELECT id, name, amount FROM customers WHERE id IN (:ids) ON CONFLICT (id) DO UPDATE SET score = 1, id = -excluded.id"
	}
	var rules []rule
	for _, refused := range []struct {
		name, first string
		further     []string
		statement   string
	}{
		{"first", "UPDATE customers SET id = -id, score = 1 WHERE id IN (:ids)", nil, "statement 1"},
		{"first, for one row", "UPDATE customers SET score = 1, ID=id+1000 WHERE id = :id AND amount > 0", nil, "statement 1"},
		{"further", migrateSet, []string{noteSet, "UPDATE customers SET id = id + 1000 WHERE id IN (:ids)"}, "statement 3"},
		{"upsert", migrateSet, []string{upsert}, "statement 2"},
	} {
		rules = append(rules, rule{name: "a statement that sets the key is refused: " + refused.name, test: func(t *testing.T, h Harness) {
			err := h.prepareError(t, sqlPlan("", refused.first, refused.further...))
			requireClass(t, database.Broken, err, "migrate "+refused.statement+": it sets column id of table customers, which is part of the key; a row must keep its key, since the ledger knows it by it")
		}})
	}
	return append(rules, rule{name: "a statement that sets a part of the key is refused", test: keyPartRefused},
		rule{name: "a row that a trigger gives another key fails, and stays as it was", test: keyMoved},
		rule{name: "a row that a trigger gives another key fails, and stays as it was, with a change in Go", test: keyMovedInGo},
		rule{name: "a DELETE that returns another key is refused", test: otherKeyReturned},
		rule{name: "a row that a trigger keeps from a statement for its key alone fails", test: rowRefused},
		rule{name: "a row that is refused was not migrated, unless the ledger knows it", test: refusedAndKnown},
		rule{name: "a statement may set the key of another table, and its own to itself", test: otherKeySet})
}

func keyPartRefused(t *testing.T, h Harness) {
	site := h.New(t, Pairs)
	connection, err := h.Driver.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	_, err = connection.Prepare(t.Context(), sqlPlan("", "UPDATE customers SET score = 1, region = 'x' WHERE (region, id) IN (:ids)"))
	requireClass(t, database.Broken, err, "it sets column region of table customers, which is part of the key")
}

func otherKeySet(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("", "UPDATE customers SET first_name = concat('Dear ', name), id = id WHERE id IN (:ids)", noteSet,
		"UPDATE notes SET name = concat(name, '!') WHERE name IN (SELECT name FROM customers WHERE id = :id)"))
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
	f.requireMigrated("Bob", "Carl")
	require.ElementsMatch(t, []string{"Bob!", "Carl!"}, f.column("notes", "name"))
}

const (
	aloneSet = "UPDATE customers SET first_name = concat('Dear ', name) WHERE id IN (:ids)"
	aloneOne = "UPDATE customers SET first_name = concat('Dear ', name) WHERE id = :id"
)

// sites runs what the site does.
func (f *fixture) sites(statements []string) {
	f.Helper()
	for _, statement := range statements {
		f.site(statement)
	}
}

func keyMoved(t *testing.T, h Harness) {
	for _, planned := range []database.Plan{sqlPlan("", aloneSet), sqlPlan("", aloneOne, noteOne), sqlPlan(checkSet, migrateSet), sqlPlan("", migrateOne)} {
		f := h.startSQL(t, planned)
		f.sites(h.MovesCarl)
		for _, names := range [][]string{{"Bob", "Carl"}, {"Carl"}} {
			_, err := f.table.Write(t.Context(), f.mark, f.bare(names...))
			requireClass(t, database.Own, err, "migrate statement 1: the row has another key after the statement: something changes the key")
			f.requireMigrated()
		}
		f.requireSingly("Carl") // it is written once more on its own, which says why
		if stretches := f.table.Traits().Stretches; stretches != nil {
			_, err := stretches.MigrateStretch(t.Context(), f.mark, database.Range{Sequence: 1, UpTo: f.last()}, nil, 10, true)
			requireClass(t, database.Own, err)
		}
		require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Dora")))
		f.requireMigrated("Bob", "Dora")
	}
}

func keyMovedInGo(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.sites(h.MovesCarl)
	for _, names := range [][]string{{"Bob", "Carl"}, {"Carl"}} {
		_, err := f.table.Write(t.Context(), f.mark, greetAll(f.read(names...)...))
		requireClass(t, database.Own, err, "the row has another key after the statement: something changes the key")
		f.requireMigrated()
	}
	_, err := f.writeLocked("Carl", func(row database.Row) (database.Change, error) { return greet(row), nil })
	requireClass(t, database.Own, err, "the row has another key")
	if singly := f.table.Traits().Singly; singly != nil {
		outcomes, err := singly.WriteEach(t.Context(), f.mark, greetAll(f.read("Carl")...))
		require.NoError(t, err)
		requireClass(t, database.Own, outcomes[0].Err, "the row has another key")
	}
	f.migrate("Bob")
	f.requireMigrated("Bob")
}

func otherKeyReturned(t *testing.T, h Harness) {
	if !h.has(Returning) {
		t.Skip("a DELETE tells nothing")
	}
	statementsRefused(sqlPlan("", "DELETE FROM customers WHERE id IN (:ids) RETURNING id + 100000"))(t, h)
}

// requireSingly: one is refused where rows can be written one by one.
func (f *fixture) requireSingly(refused string, says ...string) {
	f.Helper()
	singly := f.table.Traits().Singly
	if singly == nil {
		return
	}
	outcomes, err := singly.WriteEach(f.Context(), f.mark, f.bare(refused))
	require.NoError(f, err)
	require.False(f, outcomes[0].Written)
	requireClass(f.T, database.Own, outcomes[0].Err, says...)
}

func rowRefused(t *testing.T, h Harness) {
	if h.LeavesCarl == nil {
		t.Skip("no trigger can")
	}
	says := "migrate statement 1: it names the row by its key alone, and changed nothing: a trigger or a rule may refuse it"
	for _, planned := range []database.Plan{sqlPlan("", aloneSet), sqlPlan("", aloneOne), sqlPlan("", aloneSet+" RETURNING id", noteSet)} {
		f := h.startSQL(t, planned)
		f.sites(h.LeavesCarl)
		for _, names := range [][]string{{"Bob", "Carl"}, {"Carl"}} {
			_, err := f.table.Write(t.Context(), f.mark, f.bare(names...))
			requireClass(t, database.Own, err, says)
			f.requireMigrated()
		}
		f.requireSingly("Carl", says)
		_, err := f.writeLocked("Carl", func(database.Row) (database.Change, error) { return database.Change{}, nil })
		requireClass(t, database.Own, err, says)
		f.delete("Anna")
		require.Equal(t, []bool{false, true}, f.write(f.mark, f.bare("Anna", "Bob")), "one that is gone was refused by nobody")
		f.requireMigrated("Bob")
	}
	f := h.startSQL(t, sqlPlan("", migrateSet))
	f.sites(h.LeavesCarl)
	require.Equal(t, []bool{false, true}, f.write(f.mark, f.bare("Carl", "Bob")), "conditions may say that it needs nothing")
}

func refusedAndKnown(t *testing.T, h Harness) {
	if h.LeavesCarl == nil {
		t.Skip("no trigger can")
	}
	f := h.startSQL(t, sqlPlan("", aloneSet))
	f.write(f.mark, f.bare("Carl"))
	f.sites(h.LeavesCarl)
	_, err := f.table.Write(t.Context(), f.newRun(), f.bare("Carl"))
	require.ErrorIs(t, err, database.ErrLedgerConflict)
}
