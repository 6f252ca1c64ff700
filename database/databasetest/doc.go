// Package databasetest holds every driver to the contract in package database:
// one test for each of its rules, and for each of those in docs/exactly-once.md.
// A driver's own test makes databases for the suite and adds what is particular
// to it.
package databasetest
