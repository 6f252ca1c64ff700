package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Driver opens SQLite files.
type Driver struct{}

// Name is what connection/driver says to choose it.
func (Driver) Name() string { return "sqlite" }

// Sets is true: there are transactions.
func (Driver) Sets() bool { return true }

// busyTimeout is how long SQLite itself waits for a lock; beyond it the caller
// repeats, so that a batch notices when it should stop.
const busyTimeout = time.Second

// spareReaders are for the scanner and the bookkeeping.
const spareReaders = 4

// Open opens an existing file for reading; the writing connection is opened by
// the first write, so that a dry run changes not a byte.
func (Driver) Open(ctx context.Context, options database.Options) (database.Connection, error) {
	path, err := checkFile(options.URL)
	if err != nil {
		return nil, &database.Error{Class: database.Broken, Err: err}
	}
	readers, err := sql.Open("sqlite", address(path, "ro"))
	if err != nil {
		return nil, classify(err)
	}
	readers.SetMaxOpenConns(options.Processes + spareReaders)
	readers.SetMaxIdleConns(options.Processes + spareReaders)
	file, err := os.Stat(path)
	if err != nil {
		return nil, classify(err)
	}
	opened := &connection{path: path, file: file, options: options, readers: readers, writer: &writer{path: path}}
	if err := readable(ctx, readers, path); err != nil {
		return nil, errors.Join(err, readers.Close())
	}
	return opened, nil
}

// Files are the database, and what SQLite keeps beside it.
func (Driver) Files(url string) []string {
	path, err := filepath.Abs(url)
	if err != nil {
		return nil
	}
	return []string{path, path + logSuffix, path + "-shm", path + "-journal"}
}

// logSuffix is how the name of the write-ahead log goes on behind the file's.
const logSuffix = "-wal"

func address(path, mode string) string {
	query := url.Values{"mode": {mode}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "foreign_keys(1)"},
		"_time_format": {"sqlite"}}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// checkFile looks at the file without opening it: to close a file gives up all locks of
// the process on it (POSIX), those of SQLite's connections, too. Another program would take
// itself for the last one, and delete the write-ahead log under the worker
// (sqlite.org/howtocorrupt.html, 2.2).
func checkFile(name string) (string, error) {
	if scheme, _, found := strings.Cut(name, "://"); found { // without the rest, which may hold a password
		return "", fmt.Errorf("connection/url: it begins with %s://, but connection/driver is sqlite, whose url is a file's path; name the driver that it is for: postgres, mysql or cassandra", scheme)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return "", fmt.Errorf("connection/url: database file %s does not exist; name an existing SQLite file, or make a demo one: go run ./examples/customers --db %s", path, name)
	case err != nil:
		return "", fmt.Errorf("connection/url: %w", err)
	case info.IsDir():
		return "", fmt.Errorf("connection/url: %s is a folder; name a SQLite file", path)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("connection/url: %s is no regular file; name a SQLite file", path)
	}
	return path, nil
}

// readable reports whether SQLite can read the file.
func readable(ctx context.Context, readers *sql.DB, path string) error {
	var version int
	err := readers.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version)
	var failed *sqlite.Error
	if errors.As(err, &failed) && failed.Code()&0xff == lib.SQLITE_NOTADB {
		return driverkit.Broken("connection/url: %s is not a SQLite database", path)
	}
	if err != nil {
		return classify(fmt.Errorf("database file %s: %w", path, err))
	}
	return nil
}

// connection is an open file.
type connection struct {
	path string
	// file is the one that was opened under the name.
	file    os.FileInfo
	options database.Options
	readers *sql.DB
	writer  *writer
}

// unmoved refuses once another file lies under the name: the connections would go on
// reading and writing the old one, wherever it was moved to.
func (c *connection) unmoved() error {
	now, err := os.Stat(c.path)
	if err != nil {
		return driverkit.Broken("database file %s is gone (%w); put it back, or end the worker", c.path, err)
	}
	if !os.SameFile(c.file, now) {
		return driverkit.Broken("database file %s is not the one that this worker has opened: another one was put in its place; nothing is written; restart the worker if the new one is right", c.path)
	}
	return c.writer.keepsLog()
}

// Close closes all connections to the file.
func (c *connection) Close() error {
	err := c.writer.close()
	if closing := c.readers.Close(); err == nil {
		err = closing
	}
	return err
}
