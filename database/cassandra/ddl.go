package cassandra

import (
	"fmt"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database/books"
)

// identifierLimit is Cassandra's for the name of a table, in characters.
const identifierLimit = 48

// ledgerName is the ledger of the plan's migration and this table.
func (t *table) ledgerName() string {
	short := t.name
	if t.ours != t.schema {
		short = t.schema + "_" + t.name
	}
	return books.LedgerName(books.Subject{Short: short}, t.plan.Migration, identifierLimit)
}

// book names the books of one migration of one table.
func (t *table) book() string { return t.plan.Migration + " of " + t.customersName() }

// ourTables are the tables of our own and the statements that create them. The
// ledger has the customers' own key, so that its tokens are theirs.
func (t *table) ourTables() [][2]string {
	columns := make([]string, len(t.keys))
	for i, key := range t.keys {
		columns[i] = quote(key.name) + " " + typeNames()[key.kind.Type()]
	}
	primary, order := "("+list(t.keys[:t.partition])+")", ""
	if clustering := t.keys[t.partition:]; len(clustering) > 0 {
		primary += ", " + list(clustering)
		if clustering[0].descending {
			order = " WITH CLUSTERING ORDER BY (" + strings.Join(names(clustering), " DESC, ") + " DESC)"
		}
	}
	create := func(name, columns string) [2]string {
		return [2]string{name, "CREATE TABLE IF NOT EXISTS " + t.own(name) + " (" + columns + ")"}
	}
	ours := t.ledgerColumns()
	ledger := create(t.ledger, fmt.Sprintf("%s, %s int, %s int, %s tinyint, PRIMARY KEY (%s)", strings.Join(columns, ", "), ours.Run, ours.Range, ours.Outcome, primary))
	ledger[1] += order
	return [][2]string{
		ledger,
		create("db_migrate_books", "book text PRIMARY KEY, version int, migration text, customers text, ledger text, key_columns text, identity text"),
		create("db_migrate_runs", "book text, number int, run_id text, migration text, environment text, cluster text, definition text, reset boolean, started_at timestamp, ended_at timestamp, outcome text, PRIMARY KEY (book, number)"),
		create("db_migrate_state", "book text PRIMARY KEY, migration text, run int, since int, again boolean, sequence bigint, position text, closed boolean"),
		create("db_migrate_owner", "customers text PRIMARY KEY, migration text, environment text, cluster text, run_id text, since timestamp"),
		create("db_migrate_failures", "book text, customer text, migration text, run int, range int, error text, attempts int, failed_at timestamp, PRIMARY KEY (book, customer)"),
	}
}

// typeNames are the types that a key can have, as CQL writes them.
func typeNames() map[gocql.Type]string {
	return map[gocql.Type]string{
		gocql.TypeAscii: "ascii", gocql.TypeText: "text", gocql.TypeVarchar: "text", gocql.TypeBlob: "blob",
		gocql.TypeTinyInt: "tinyint", gocql.TypeSmallInt: "smallint", gocql.TypeInt: "int", gocql.TypeBigInt: "bigint", gocql.TypeVarint: "varint",
		gocql.TypeUUID: "uuid", gocql.TypeTimeUUID: "timeuuid", gocql.TypeBoolean: "boolean", gocql.TypeInet: "inet",
		gocql.TypeTimestamp: "timestamp", gocql.TypeDate: "date", gocql.TypeTime: "time", gocql.TypeDecimal: "decimal",
	}
}
