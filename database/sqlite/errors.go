package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"db-migrate/database"
)

// classify gives an error of SQLite's its class.
func classify(err error) error {
	if database.Classified(err) {
		return err
	}
	return &database.Error{Class: classOf(err), Err: advised(err)}
}

func classOf(err error) database.Class {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		if errors.Is(err, context.DeadlineExceeded) {
			return database.Contention
		}
		return database.Broken
	}
	switch failed.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_INTERRUPT:
		return database.Contention
	case lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_TOOBIG:
		return database.Own
	case lib.SQLITE_ERROR:
		return classOfText(failed.Error())
	}
	return database.Broken
}

// classOfText tells a row's bad data from bad SQL, which SQLite's code does not.
func classOfText(text string) database.Class {
	for _, own := range []string{"malformed JSON", "integer overflow", "pattern too complex"} {
		if strings.Contains(text, own) {
			return database.Own
		}
	}
	return database.Broken
}

// isUnique tells whether an error is a unique or primary key violation.
func isUnique(err error) bool {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return false
	}
	return failed.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || failed.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY ||
		failed.Code() == lib.SQLITE_CONSTRAINT_ROWID
}

func noTransaction(err error) bool { return strings.Contains(err.Error(), "no transaction is active") }

func broken(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: fmt.Errorf(format, arguments...)}
}
