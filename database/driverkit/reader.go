package driverkit

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// Reader looks rows and keys of a table up.
type Reader struct {
	Keys
	Plan database.Plan
	// From is the table as SQL, and Indexed the same, to be read by the key's index.
	From, Indexed string
	// Session is for look-ups.
	Session func() books.Session
	// Bytes is what the rows of a look-up may weigh together; 0: whatever they weigh.
	Bytes int
	// RowsText selects rows with a clause behind the table's name, and Rows reads those
	// that there is room for.
	RowsText func(clause string) string
	Rows     func(ctx context.Context, in books.Session, clause string, room Room, arguments []any) ([]database.Row, error)
	// Spelled: equal keys may be spelled in different ways, and Same is the place of the
	// first of each; it is not asked about no keys.
	Spelled bool
	Same    func(ctx context.Context, in books.Session, keys []database.Key) ([]int, error)
}

// arguments are those of a statement of the reader's own.
func (r *Reader) arguments() *Arguments { return &Arguments{Marks: r.Marks} }

// Read returns the range's next rows.
func (r *Reader) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	if after == nil {
		after = part.After
	}
	clause, arguments, err := r.RangeClause(after, part.UpTo, limit)
	if err != nil {
		return nil, err
	}
	return r.Rows(ctx, r.Session(), clause, Room{Rows: limit, Bytes: r.Bytes}, arguments)
}

// RangeClause ends the statement that reads rows after one key and up to another.
func (r *Reader) RangeClause(after, upTo database.Key, limit int) (string, []any, error) {
	arguments := r.arguments()
	where, err := r.Where(arguments, between(after, upTo), r.Plan.Conditions()...)
	return fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, r.Order(""), limit), arguments.Values, err
}

// ReadKeys returns the rows of these keys.
func (r *Reader) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	return r.readKeys(ctx, r.Session(), keys, "", r.Bytes)
}

// ReadKeysIn is ReadKeys in a session, with what ends its statement. It is never cut.
func (r *Reader) ReadKeysIn(ctx context.Context, in books.Session, keys []database.Key, ending string) ([]database.Row, error) {
	return r.readKeys(ctx, in, keys, ending, 0)
}

func (r *Reader) readKeys(ctx context.Context, in books.Session, keys []database.Key, ending string, bytes int) ([]database.Row, error) {
	var rows []database.Row
	for _, some := range r.Portions(keys) {
		clause, arguments, err := r.KeysClause(some, ending)
		if err != nil {
			return nil, err
		}
		found, err := r.Rows(ctx, in, clause, Room{Rows: len(some), Bytes: bytes}, arguments)
		if err != nil {
			return found, err // rows that were cut are of no use but for their number
		}
		if rows == nil { // as a rule there are no others
			rows = found
			continue
		}
		rows = append(rows, found...)
	}
	return rows, database.AsAsked(keys, rows, r.SameIn(ctx, in))
}

// KeysClause ends the statement that reads the rows of these keys.
func (r *Reader) KeysClause(keys []database.Key, ending string) (string, []any, error) {
	arguments := r.arguments()
	condition, err := r.OneOf(arguments, keys)
	return " WHERE " + condition + r.Plan.Filter() + ending, arguments.Values, err
}

// KeysIn are the keys that a statement answers in a session.
func (r *Reader) KeysIn(ctx context.Context, in books.Session, text string, arguments []any) ([]database.Key, error) {
	var keys []database.Key
	err := in.Query(ctx, text, arguments, func(values books.Values) error {
		if len(values) != len(r.Columns) {
			return Broken("it returns %d columns; it must return the key (%s) and nothing else", len(values), strings.Join(r.KeyColumns(), ", "))
		}
		key, err := r.Key(values)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// SameKeys finds keys that are equal for the database and spelled in different ways.
func (r *Reader) SameKeys(ctx context.Context, keys []database.Key) ([]int, error) {
	return r.SameIn(ctx, r.Session())(keys)
}

// SameIn is SameKeys in a session.
func (r *Reader) SameIn(ctx context.Context, in books.Session) func([]database.Key) ([]int, error) {
	return func(keys []database.Key) ([]int, error) {
		if len(keys) == 0 || !r.Spelled {
			return database.SameTexts(keys), nil
		}
		return r.Same(ctx, in, keys)
	}
}

// PlacesIn are the places that the server has answered, one in a row.
func PlacesIn(ctx context.Context, in books.Session, text string, arguments []any) ([]int, error) {
	var places []int
	err := in.Query(ctx, text, arguments, func(values books.Values) error {
		places = append(places, int(values.Number(0)))
		return nil
	})
	return places, err
}

// In is the condition for the books that the key is one of these, in parts.
func (r *Reader) In(keys []database.Key) ([]books.Condition, error) {
	var conditions []books.Condition
	for _, some := range r.Portions(keys) {
		arguments := r.arguments()
		text, err := r.OneOf(arguments, some)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, books.Condition{Text: text, Arguments: arguments.Values})
	}
	return conditions, nil
}

// Between is the condition for the books that the key lies in a stretch.
func (r *Reader) Between(after, upTo database.Key) (books.Condition, error) {
	arguments := r.arguments()
	text, err := r.Condition(arguments, between(after, upTo))
	return books.Condition{Text: text, Arguments: arguments.Values}, err
}

// UpTo is the condition for the books that the key is this one, and lies up to another.
func (r *Reader) UpTo(key, upTo database.Key) (books.Condition, error) {
	arguments := r.arguments()
	one, err := r.OneOf(arguments, []database.Key{key})
	if err != nil {
		return books.Condition{}, err
	}
	text, err := r.Condition(arguments, between(nil, upTo), one)
	return books.Condition{Text: text, Arguments: arguments.Values}, err
}

// RowsIn is the table with the condition of a window.
func (r *Reader) RowsIn(window database.Window) (books.Condition, error) {
	arguments := r.arguments()
	where, err := r.Where(arguments, between(window.After, window.UpTo), r.Plan.Conditions()...)
	return books.Condition{Text: r.From + where, Arguments: arguments.Values}, err
}
