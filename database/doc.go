// Package database is the contract between db-migrate and the databases it
// migrates: keys, ranges, rows, changes, and what a driver must do with them.
//
// The rules behind the contract (a ledger row in the transaction of each
// update, columns compared at the write, rows that were not written looked up
// and read again) are told in docs/exactly-once.md. A driver lives in a package
// of its own and is listed in database/drivers.
package database
