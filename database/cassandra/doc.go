// Package cassandra is the driver for Apache Cassandra.
//
// Cassandra has no transactions, so a customer is migrated at least once, by
// writes that may be repeated. The rows of a token range are read with the
// timestamps of their cells; the change is dated next after the newest of these,
// so that any later write or delete of the site's wins; then the rows are read
// once more, and only those that are as the migration has left them enter the
// ledger. All others are read and decided again.
//
// Ranges end where the token changes: a key of the scan is a token, while a key
// of a customer is the row's primary key.
package cassandra
