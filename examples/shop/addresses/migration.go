// Package addresses is a migration of the rental shop: the lines of a customer's
// billing address become columns, and what they were before is kept in a second
// table, customer_history, written in the same transaction.
package addresses

import (
	"context"
	"strconv"

	"db-migrate/database"
	"db-migrate/migration"
)

// history notes what a customer's address was. Further statements are in the
// database's own SQL, with its own placeholders.
const (
	history         = "INSERT INTO customer_history (customer_id, what, was) VALUES (?, 'address', ?)"
	historyPostgres = "INSERT INTO customer_history (customer_id, what, was) VALUES ($1, 'address', $2)"
)

// Migrations are the same for each kind of database.
func Migrations() []migration.Migration {
	return []migration.Migration{
		define("customer-address", transactional(history)),
		define("customer-address-postgres", transactional(historyPostgres)),
		define("customer-address-cassandra", repeatable(history)),
	}
}

func define(name string, change migration.Change) migration.Migration {
	return migration.Migration{
		Name:    name,
		Version: "1",
		Reads:   []string{"billing_address"},
		Writes:  []string{"billing_street", "billing_postal_code", "billing_city"},
		Change:  change,
	}
}

// transactional is for databases with transactions: a customer who has his new
// columns has his row in the second table, too.
func transactional(statement string) migration.Change {
	return func(_ context.Context, row database.Row) (database.Change, error) {
		if !row.Null("billing_street") {
			return database.Change{PreviouslyMigrated: true}, nil
		}
		return split(row, statement)
	}
}

// repeatable is for Cassandra, which has no transactions. A worker that dies
// between the two tables leaves the new columns without the second table's row,
// so the columns must not tell who was migrated: the ledger does, and is written
// last. What is written twice must come out the same, so the second table's key
// is the customer's and the change's.
func repeatable(statement string) migration.Change {
	return func(_ context.Context, row database.Row) (database.Change, error) {
		return split(row, statement)
	}
}

func split(row database.Row, statement string) (database.Change, error) {
	lines := row.Text("billing_address")
	address, err := Split(lines)
	if err != nil {
		return database.Change{}, err
	}
	id, err := strconv.ParseInt(row.Key[0], 10, 64)
	if err != nil {
		return database.Change{}, err
	}
	var change database.Change
	change.Set("billing_street", address.Street)
	change.Set("billing_postal_code", address.PostalCode)
	change.Set("billing_city", address.City)
	change.Run(statement, id, lines)
	return change, nil
}
