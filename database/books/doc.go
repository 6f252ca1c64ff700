// Package books is the bookkeeper of the SQL databases: it keeps the runs of a
// migration, the ledger, the paging state, the table's owner and the dead letters,
// in tables of our own in the database that is migrated.
//
// A book belongs to one migration of one table. Whoever writes for a run proves that
// the run is alive, by the run's row: PostgreSQL reads it in the statement that
// enters the rows into the ledger, MySQL and SQLite lock it in the transaction. A
// run's end waits for those who have read it before.
//
// A driver gives a Store, a small way to run statements, and a Dialect, how they are
// written.
package books
