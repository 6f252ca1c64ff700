// Package postgres is the driver for PostgreSQL.
//
// All values travel as text: what a column's own type prints, cast back by the
// server, is the same to the byte, so that a comparison of images (*=) tells
// every change. A set is written by one statement, which updates the rows that
// are still as they were read and enters those into the ledger.
package postgres
