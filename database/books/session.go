package books

import (
	"context"
	"strconv"

	"db-migrate/database"
)

// Session runs statements: a pool of connections, a connection or a transaction.
type Session interface {
	// Query hands the values of each row to use; they are good until use returns.
	Query(ctx context.Context, text string, arguments []any, use func(Values) error) error
	// Execute returns how many rows the statement has changed.
	Execute(ctx context.Context, text string, arguments []any) (int64, error)
}

// Values are a row's values, as the driver has them: integers, texts or bytes, and
// pointers to texts; nil is NULL.
type Values []any

// Null reports whether a value is NULL.
func (v Values) Null(at int) bool {
	text, isText := v[at].(*string)
	bytes, isBytes := v[at].([]byte)
	return v[at] == nil || isText && text == nil || isBytes && bytes == nil
}

// Text is a value as text; NULL is empty.
func (v Values) Text(at int) string {
	if v.Null(at) {
		return ""
	}
	switch value := v[at].(type) {
	case *string:
		return *value
	case string:
		return value
	case []byte:
		return string(value)
	case int64:
		return strconv.FormatInt(value, 10)
	}
	return ""
}

// Number is a value that is a whole number; NULL is 0.
func (v Values) Number(at int) int64 {
	if number, ok := v[at].(int64); ok {
		return number
	}
	number, err := strconv.ParseInt(v.Text(at), 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// True reports whether a value is true, as the databases write it.
func (v Values) True(at int) bool {
	text := v.Text(at)
	return text == "t" || text == "1" || text == "true"
}

// Store is a database that keeps books, as a driver reaches it.
type Store interface {
	// Reader is a session for look-ups.
	Reader() Session
	// Transaction runs do in a transaction that may write; an error undoes it. Errors
	// have their class.
	Transaction(ctx context.Context, do func(context.Context, Session) error) error
	// Alone runs the steps while nobody else begins a run or drops a ledger in the same
	// schema. They are one transaction where the database can create tables in one;
	// else each is one of its own, and what a step has done stays done.
	Alone(ctx context.Context, steps ...Step) error
	// Present reports whether there is a table of ours of this name.
	Present(ctx context.Context, in Session, table string) (bool, error)
	// Columns are those of a table of ours, or of the table itself (an empty name), as
	// they are now, written as a ledger's are; nil: the database's types tell nothing.
	Columns(ctx context.Context, table string) ([]Column, error)
	// AwaitWriters returns once no transaction is under way that has seen an ended run
	// of the table alive, by its name in the books. It waits for a bounded time; an
	// error says that there still is one.
	AwaitWriters(ctx context.Context, customers string) error
	// Identify is what the database itself calls the table, and what changes when all
	// of its rows may have been thrown away at once; each empty where the database, or
	// the rights of the worker's user, do not tell.
	Identify(ctx context.Context, in Session) (identity, storage string, err error)
	// Locked reads a row under a lock, by the key that it is asked for; none: it is gone,
	// or not the plan's.
	Locked(ctx context.Context, in Session, key database.Key) ([]database.Row, error)
	// WriteIn writes changes with their ledger rows in a transaction, and tells for each
	// whether its row was written: while it is as it was read, or, if the transaction has
	// its lock, in any case.
	WriteIn(ctx context.Context, in Session, mark database.Mark, writes []database.Write, locked bool) ([]bool, error)
	// Enter writes ledger rows for these keys, if the run is alive. ErrLedgerConflict:
	// one of them has a row; *RunOverError: the run is over.
	Enter(ctx context.Context, in Session, mark database.Mark, keys []database.Key, outcome int) error
	// Key makes a key of the values of its columns.
	Key(values Values) (database.Key, error)
	// In is the condition that the key is one of these, in as many parts as one
	// statement each can take; Between that it lies after one key and up to another
	// (nil: no end).
	In(keys []database.Key) ([]Condition, error)
	Between(after, upTo database.Key) (Condition, error)
	// UpTo is the condition that the key is this one, and lies up to another.
	UpTo(key, upTo database.Key) (Condition, error)
	// SameKeys is, for each of the keys, the place of the first that the database takes
	// for the same.
	SameKeys(ctx context.Context, keys []database.Key) ([]int, error)
}

// Step is one step of what is done alone.
type Step func(ctx context.Context, in Session) error

// Condition is a condition on the columns of the key, with the database's own
// placeholders: what people have written in SQL may stand in it, whose question marks are
// none, so that it never goes through Bind. An empty text is always true.
type Condition struct {
	Text      string
	Arguments []any
	// Doubtful: the database may not be able to ask so; then nothing is asked.
	Doubtful bool
}

// impossible reports whether the database has refused to ask so.
func (c Condition) impossible(err error) bool {
	return err != nil && c.Doubtful && database.ClassOf(err) == database.Broken
}

// where is the condition, and others without arguments, as a WHERE clause.
func (c Condition) where(others ...string) string {
	text := ""
	for _, one := range append([]string{c.Text}, others...) {
		switch {
		case one == "":
		case text == "":
			text = " WHERE " + one
		default:
			text += " AND " + one
		}
	}
	return text
}
