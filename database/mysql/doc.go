// Package mysql is the driver for MySQL and MariaDB.
//
// Their UPDATE returns no rows, so a set is written in three steps of one
// transaction: its rows are read again under their locks and compared, byte for
// byte, with what was read before; those that are unchanged are updated by one
// statement; and the same are entered into the ledger. A duplicate key or a lock
// timeout undoes only its statement there, so any error rolls the whole back.
//
// It is tested on MariaDB 10.11; MySQL needs 8.0.19 for VALUES ROW(…).
package mysql
