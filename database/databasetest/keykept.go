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
		"UPDATE notes SET name = concat(name, '!') WHERE name IN (SELECT name FROM customers WHERE id IN (:ids))"))
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
	f.requireMigrated("Bob", "Carl")
	require.ElementsMatch(t, []string{"Bob!", "Carl!"}, f.column("notes", "name"))
}
