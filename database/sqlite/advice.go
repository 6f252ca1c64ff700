package sqlite

import (
	"errors"
	"fmt"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// advised adds what to do about an error to SQLite's own words.
func advised(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) || advice(failed.Code()) == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice(failed.Code()))
}

// advice is by SQLite's primary result codes. What fails an attempt is tried again
// until it is mended.
func advice(code int) string {
	switch code & 0xff {
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return "the worker must be able to write the file and its folder"
	case lib.SQLITE_FULL:
		return "free disk space, and the migration goes on by itself"
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return "bring the file back from a backup (PRAGMA integrity_check says more)"
	case lib.SQLITE_BUSY:
		return "another process writes to the file and does not end its transaction; it is tried again"
	}
	return ""
}
