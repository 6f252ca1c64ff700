package database

import (
	"context"
	"time"
)

// Options say how a driver opens a database.
type Options struct {
	// URL is the driver's own form of address; for sqlite a file's path.
	URL string
	// Password is used instead of one in the URL; it is never shown.
	Password string
	// Table holds the customers; Key names its key columns (none: the table's
	// primary key).
	Table string
	Key   []string
	// Schema holds the tables of our own, where the database has schemas.
	Schema string
	// Processes is how many callers there will be at once.
	Processes int
	// InFlight is how many customers each of them may have in flight at once,
	// where the database has no sets; 0: the driver's own choice.
	InFlight int
	// ReadBytes is what the rows of one Read or ReadKeys may weigh together, in bytes;
	// 0: whatever they weigh.
	ReadBytes int
	// ConnectTimeout bounds opening, StatementTimeout each statement, and
	// LockTime is how long a transaction may hold its row locks.
	ConnectTimeout, StatementTimeout, LockTime time.Duration
	// Customers and Seed shape the simulated database; 0: at random.
	Customers int
	Seed      int64
}

// Driver opens databases of one kind.
type Driver interface {
	// Name is what connection/driver says to choose it.
	Name() string
	// Sets reports whether the database has transactions, in which rows are written as
	// sets; else they are written one by one, several in flight.
	Sets() bool
	// Open opens the database. It must exist; nothing is written.
	Open(ctx context.Context, options Options) (Connection, error)
}

// InFiles is a driver whose database is files on the worker's machine.
type InFiles interface {
	// Files are those that a database may consist of. Nothing else in the process may
	// open one of them: to close it gives up the database's locks.
	Files(url string) []string
}

// FilesOf are the files of a driver's database; none: it is not in files.
func FilesOf(driver Driver, url string) []string {
	if local, is := driver.(InFiles); is {
		return local.Files(url)
	}
	return nil
}
