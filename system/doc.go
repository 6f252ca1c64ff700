// Package system builds the components of db-migrate, wires them by their
// fields, and registers them on a Temporal worker. Building does no I/O.
package system
