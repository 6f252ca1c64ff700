package database

import (
	"context"
	"time"
)

// Connection is an open database.
type Connection interface {
	// Prepare holds a migration's plan against the live table: tables and
	// columns that are missing, a key that cannot be scanned, SQL that does not
	// parse are errors of class Broken. It writes nothing.
	Prepare(ctx context.Context, plan Plan) (Table, error)
	Close() error
}

// Table is the customers' table as one migration sees it. All methods may be
// called from many goroutines, and return errors that ClassOf tells apart.
type Table interface {
	Target() Target
	// Traits are what the table can do beyond this contract.
	Traits() Traits
	// KeyColumns are the names of the key's columns, in their order.
	KeyColumns() []string
	// ParseKey is the key, as reads return it, that a person has written with a
	// text for each column. *KeyError: no row can have it. Any other error proves
	// nothing: the database was needed and could not be asked.
	ParseKey(ctx context.Context, columns []string) (Key, error)
	Scan
	Migrate
	Bookkeeping
	Closing
	Administration
}

// Scan walks through the table by key.
type Scan interface {
	// Bound is the greatest key present now, and about how many customers lie
	// after the given key. A nil key: the table has none.
	Bound(ctx context.Context, after Key) (Bound, error)
	// BoundPart is where the scan of a part begins (after the greatest key before
	// it) and ends, and about how many customers lie between. *PartError: there
	// is no such part; a part whose ends are swapped is told by the database's
	// own order, if a customer lies between them.
	BoundPart(ctx context.Context, part Part) (Bound, error)
	// Fetch returns the next keys after one key and up to another, in order, at
	// most limit of them; fewer: there are no more. Customers that cannot be
	// told apart by a bound (rows of one Cassandra token) have equal keys here,
	// and a fetch never ends among them. Only those are returned for whom the
	// plan's Where is true; *UnfinishedError, beside keys: there may be more.
	Fetch(ctx context.Context, after, upTo Key, limit int) ([]Key, error)
}

// Bound is where a scan ends, and that of a part begins.
type Bound struct {
	// After is the last key before a part; nil: it begins with the table.
	After    Key   `json:"after,omitempty"`
	UpTo     Key   `json:"up_to,omitempty"`
	Estimate int64 `json:"estimate"`
}

// Migrate reads customers and writes their changes.
type Migrate interface {
	// TransactionLimit is how many customers one transaction may hold at most.
	TransactionLimit() int
	// Read returns the range's next rows, in key order, after the given key
	// (nil: from the range's beginning), at most limit of them; fewer: there
	// are no more. ErrCut, beside rows: there may be.
	Read(ctx context.Context, part Range, after Key, limit int) ([]Row, error)
	// ReadKeys returns the rows of these keys, in any order; keys that are gone
	// are left out. A row bears the key that it was asked for by, however the table
	// spells it by now; so does what Ledger returns. ErrCut, beside rows: those of other
	// keys may be there, too; it is never the answer to a single key.
	ReadKeys(ctx context.Context, keys []Key) ([]Row, error)
	// Check tells for each key whether it needs to be migrated, by the plan's
	// check statement. Only for plans with statements.
	Check(ctx context.Context, keys []Key) ([]bool, error)
	// Write writes all changes with their ledger rows in one transaction, or
	// none of them. A row is written only while the columns that were read and
	// will be written are unchanged; the answer tells for each whether it was.
	// ErrLedgerConflict: one of the customers has a ledger row; nothing was
	// written. An error of class Own: one of the rows was refused; nothing was
	// written. *RunOverError: the books do not know the run as alive.
	Write(ctx context.Context, mark Mark, writes []Write) (Written, error)
	// WriteLocked reads one customer under a row lock, decides, and writes the
	// change in the same transaction, for rows that change all the time. False:
	// the customer is gone, or needs no change (decide said so).
	WriteLocked(ctx context.Context, mark Mark, key Key, decide func(Row) (Change, error)) (bool, error)
	// Ledger returns the ledger rows of these keys.
	Ledger(ctx context.Context, keys []Key) ([]LedgerRow, error)
	// LedgerOfRange returns the keys that this run has put into the ledger for
	// customers of the range after one key and up to another (nil: the range's
	// own ends).
	LedgerOfRange(ctx context.Context, mark Mark, part Range, after, upTo Key) ([]LedgerRow, error)
}

// Write is a row as it was read, with its change. With a plan of statements
// only the row's key counts.
type Write struct {
	Row    Row
	Change Change
}

// Written is what a transaction came to.
type Written struct {
	// Rows tells for each row whether it was written.
	Rows []bool
	// Held is how long the transaction held its locks; waiting for them is no
	// part of it.
	Held time.Duration
}

// Mark is what the ledger says about who migrated a customer.
type Mark struct {
	Run      Run
	Sequence int64
	// Replaces lets the ledger rows and dead letters make way, in the same transaction,
	// that earlier runs have left for the rows. If not all rows of the set can be
	// written, none is.
	Replaces bool
}

// LedgerRow is one customer's row in the ledger.
type LedgerRow struct {
	// Key is the key that was asked for. Stored is what the ledger has for it, where
	// the database takes both for the same and they are spelled differently.
	Key, Stored Key
	Run         int64
	Sequence    int64
	// Failed is set for the mark of a dead letter.
	Failed bool
}

// Spelled is the key as the ledger has it.
func (r LedgerRow) Spelled() Key {
	if r.Stored != nil {
		return r.Stored
	}
	return r.Key
}

// Bookkeeping keeps runs, paging state, the table's owner and dead letters.
type Bookkeeping interface {
	// Begin creates the tables of our own that are missing, makes the run the
	// table's owner, and returns the run's number and the paging state to go on
	// from. Repeating it with the same id returns the same. *OwnerError: another
	// overseer owns the table. *DefinitionError: the ledger was written by
	// another definition. *BooksError: it is about another table. *RunOverError: a run
	// with this id has ended. Runs of the table that never ended are over from then on.
	Begin(ctx context.Context, request RunRequest) (BegunRun, error)
	// Recognise returns the error with which Begin would refuse the books that there are
	// for this table, and writes nothing: for a run that is not begun. Without a definition
	// in the request none is compared.
	Recognise(ctx context.Context, request RunRequest) error
	// Current compares the run's books with the table as it is now, and writes nothing.
	// *BooksError: while the run went on the table became another one, or its rows may be
	// other ones and nobody can tell which need it, or the ledger is gone; the next start
	// would be refused. rewritten: its rows may be other ones, and the migration tells
	// which need it.
	Current(ctx context.Context, run Run) (rewritten bool, err error)
	// SavePagingState moves the paging state of the run forward, never back, and
	// never after the run's end.
	SavePagingState(ctx context.Context, run Run, state PagingState) error
	// Alive reports whether this database knows the run, and the run has not ended.
	Alive(ctx context.Context, run Run) (bool, error)
	// End notes how the run ended and releases the table, and waits for transactions
	// that still write for the run. It may be repeated.
	End(ctx context.Context, run Run, ending Ending) error
	// Bury writes a dead letter and takes the customer's ledger key for it, in
	// one transaction; the letter of an earlier run makes way. ErrLedgerConflict: the
	// customer has a ledger row. False: the customer is gone and nothing was written.
	Bury(ctx context.Context, run Run, letter DeadLetter) (bool, error)
	// Settle forgets the failed marks and dead letters that runs before this one have
	// left for rows that are gone or need nothing any more.
	Settle(ctx context.Context, run Run, keys []Key) error
	// DeadLetters returns those that were left by runs before the given one, in a
	// fixed order of their keys after the given key, at most limit of them; none
	// where the tables of our own are missing.
	DeadLetters(ctx context.Context, before Run, after Key, limit int) ([]DeadLetter, error)
	// FailedUpTo returns the keys of those that lie up to a key in the order of the
	// scan (nil: all), out of the next limit dead letters; next is where to go on, and
	// nil: there are no more.
	FailedUpTo(ctx context.Context, before Run, after, upTo Key, limit int) (keys []Key, next Key, err error)
}
