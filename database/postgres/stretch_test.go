package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestStretching: a plan runs for a range at once only if its check cannot say
// anything but its statement.
func TestStretching(t *testing.T) {
	const where = " WHERE id IN (:ids) AND amount > 0"
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, amount bigint); CREATE TABLE others (id bigint, name text)")
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	defer connection.Close()
	for name, test := range map[string]struct {
		check, migrate string
		stretching     bool
	}{
		"no check":                {"", "UPDATE customers SET name = 'x'" + where, true},
		"the same conditions":     {"SELECT id FROM customers" + where, "UPDATE customers SET name = 'x'" + where, true},
		"written another way":     {"select id\nfrom customers -- all\n  where id in ( :ids ) and amount > 0;", "UPDATE customers SET name = 'x' where id in (:ids) and amount > 0", true},
		"an alias":                {"SELECT c.id FROM customers c WHERE c.id IN (:ids)", "UPDATE customers c SET name = 'x' WHERE c.id IN (:ids)", true},
		"quoted names":            {"", `UPDATE "customers" SET "name" = 'x' WHERE "customers"."id" IN (:ids)`, true},
		"a name in capitals":      {"", "UPDATE CUSTOMERS SET name = 'x' WHERE ID IN (:ids)", true},
		"quoted key":              {"", `UPDATE customers SET name = 'x' WHERE customers."id" IN (:ids)`, true},
		"or in brackets":          {"", "UPDATE customers SET name = 'x' WHERE id IN (:ids) AND (amount > 0 OR name IS NULL)", true},
		"a query in the value":    {"", "UPDATE customers SET name = (SELECT o.name FROM others o WHERE o.id = customers.id)" + where, true},
		"other conditions":        {"SELECT id FROM customers WHERE id IN (:ids) AND amount > 1", "UPDATE customers SET name = 'x'" + where, false},
		"a check of another":      {"SELECT id FROM others" + where[:len(where)-len(" AND amount > 0")], "UPDATE customers SET name = 'x' WHERE id IN (:ids)", false},
		"a check of two tables":   {"SELECT id FROM customers JOIN others USING (id) WHERE id IN (:ids)", "UPDATE customers SET name = 'x' WHERE id IN (:ids)", false},
		"or":                      {"", "UPDATE customers SET name = 'x' WHERE id IN (:ids) AND amount > 0 OR id IN (:ids) AND name IS NULL", false},
		"the condition elsewhere": {"", "UPDATE customers SET name = 'x' WHERE amount > 0 AND id IN (:ids)", false},
		"another column":          {"", "UPDATE customers SET name = 'x' WHERE amount IN (:ids)", false},
		"another table joined":    {"", "UPDATE customers SET name = o.name FROM others o WHERE customers.id IN (:ids) AND o.id = customers.id", false},
		"its own RETURNING":       {"", "UPDATE customers SET name = 'x'" + where + " RETURNING id", false},
		"for one customer":        {"", "UPDATE customers SET name = 'x' WHERE id = :id", false},
		"twice the set":           {"", "UPDATE customers SET name = 'x' WHERE id IN (:ids) AND id IN (:ids)", false},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Statements: &database.Statements{Check: test.check, Migrate: []string{test.migrate}}})
			require.NoError(t, err)
			require.Equal(t, test.stretching, table.Traits().Stretches != nil)
		})
	}
}
