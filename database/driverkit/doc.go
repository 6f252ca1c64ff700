// Package driverkit is what drivers share, and nobody else needs.
//
// For all of them: an error's class by a table of codes (errors.go), why a server cannot
// be reached (unreachable.go). For those of SQL: the key of a table as SQL (keys.go), the
// look-ups of rows (reader.go), the scan (scan.go, part.go), the plan's statements
// (statement.go), what is wrong with columns (columns.go), the values of rows as texts
// (texts.go, slab.go), sets grouped by columns (group.go, ascending.go).
package driverkit
