// Package activities holds the work that the overseer hands out: pages of the
// customer scanner and batches of the customer migrator. They join the database
// (drivers behind package database) with the migration (package migration).
//
// An activity may be killed at any point and run again, beside an orphan of
// itself: the ledger in the database is the truth, a heartbeat only saves work.
package activities
