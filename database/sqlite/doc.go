// Package sqlite is the driver for SQLite, db-migrate's embedded default. It
// writes through one connection, one transaction at a time, and leaves the live
// site room to write in between.
package sqlite
