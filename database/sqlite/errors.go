package sqlite

import (
	"errors"
	"slices"
	"strings"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// codes is the table of errors by SQLite's primary result codes.
var codes = map[int]driverkit.Verdict{
	lib.SQLITE_BUSY:       {Class: database.Contention, Advice: "another process writes to the file and does not end its transaction; it is tried again"},
	lib.SQLITE_LOCKED:     {Class: database.Contention},
	lib.SQLITE_INTERRUPT:  {Class: database.Contention},
	lib.SQLITE_CONSTRAINT: {Class: database.Own},
	lib.SQLITE_MISMATCH:   {Class: database.Own},
	lib.SQLITE_TOOBIG:     {Class: database.Own},
	lib.SQLITE_READONLY:   {Class: database.Broken, Advice: adviceFile},
	lib.SQLITE_CANTOPEN:   {Class: database.Broken, Advice: adviceFile},
	lib.SQLITE_PERM:       {Class: database.Broken, Advice: adviceFile},
	lib.SQLITE_FULL:       {Class: database.Broken, Advice: "free disk space, and the migration goes on by itself"},
	lib.SQLITE_CORRUPT:    {Class: database.Broken, Advice: adviceBackup},
	lib.SQLITE_NOTADB:     {Class: database.Broken, Advice: adviceBackup},
}

const (
	adviceFile   = "the worker must be able to write the file and its folder"
	adviceBackup = "bring the file back from a backup (PRAGMA integrity_check says more)"
)

// ownTexts are of a row's bad data, which SQLite's code does not tell from bad SQL.
var ownTexts = []string{"malformed JSON", "integer overflow", "pattern too complex"}

// classify gives an error of SQLite's its class.
func classify(err error) error { return driverkit.Classify(err, judge) }

func judge(err error) (driverkit.Verdict, bool) {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return driverkit.Verdict{}, false
	}
	code := failed.Code() & 0xff
	if code == lib.SQLITE_ERROR && slices.ContainsFunc(ownTexts, func(text string) bool { return strings.Contains(failed.Error(), text) }) {
		return driverkit.Verdict{Class: database.Own}, true
	}
	return codes[code], true // what is not in the table is Broken
}

// isUnique reports whether an error is a unique or primary key violation.
func isUnique(err error) bool {
	var failed *sqlite.Error
	return errors.As(err, &failed) && slices.Contains([]int{lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID}, failed.Code())
}

func noTransaction(err error) bool { return strings.Contains(err.Error(), "no transaction is active") }
