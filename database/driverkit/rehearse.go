package driverkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
)

// Rehearsal writes in transactions that are undone.
type Rehearsal struct {
	*Reader
	// Statements are the plan's; nil: the migration is written in Go.
	Statements *Statements
	// Transaction runs do in a transaction that an error undoes.
	Transaction func(ctx context.Context, do func(context.Context, books.Session) error) error
	// Write writes rows as they are written for a run, without a ledger, and tells for each
	// whether it was.
	Write func(ctx context.Context, in books.Session, writes []database.Write) ([]bool, error)
	// All are the names of the table's columns, and Quote writes one as SQL.
	All   func(ctx context.Context) ([]string, error)
	Quote func(name string) string
	// Ready refuses what could not be undone, and Settle lets the database look at what it
	// would look at only when it commits; either may be nil.
	Ready  func(ctx context.Context) error
	Settle func(ctx context.Context, in books.Session) error
}

// errUndone ends a transaction that is to be undone.
var errUndone = errors.New("the transaction was rehearsed")

// rehearsalTime bounds a transaction whose statements and locks have no bound of their
// own.
const rehearsalTime = 30 * time.Second

// Rehearse writes a set, looks at the rows, and undoes it.
func (r *Rehearsal) Rehearse(ctx context.Context, writes []database.Write) (database.Rehearsed, error) {
	if err := r.undoable(ctx, writes); err != nil {
		return database.Rehearsed{}, err
	}
	columns, err := r.All(ctx)
	if err != nil {
		return database.Rehearsed{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, rehearsalTime)
	defer cancel()
	var found database.Rehearsed
	err = r.Transaction(ctx, func(ctx context.Context, in books.Session) error {
		if found, err = r.rehearse(ctx, in, columns, writes); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		return found, nil
	}
	return database.Rehearsed{}, err
}

func (r *Rehearsal) rehearse(ctx context.Context, in books.Session, columns []string, writes []database.Write) (database.Rehearsed, error) {
	keys := KeysOf(writes)
	before, err := r.rowsOf(ctx, in, columns, keys)
	if err != nil {
		return database.Rehearsed{}, err
	}
	began := time.Now()
	written, err := r.Write(ctx, in, writes)
	if err == nil && r.Settle != nil {
		err = r.Settle(ctx, in)
	}
	if err != nil {
		return database.Rehearsed{}, err
	}
	found := database.Rehearsed{Held: time.Since(began), Rows: make([]database.RehearsedRow, len(writes))}
	after, err := r.rowsOf(ctx, in, columns, keys)
	if err != nil {
		return database.Rehearsed{}, err
	}
	needed, err := r.neededStill(ctx, in, keys)
	for i := range found.Rows {
		found.Rows[i] = database.RehearsedRow{Columns: columns, Before: before[i], After: after[i], Written: written[i], Needed: needed != nil && needed[i]}
	}
	return found, err
}

// neededStill asks the check once more. That of an undo asks the other ledger, which is
// left as it is.
func (r *Rehearsal) neededStill(ctx context.Context, in books.Session, keys []database.Key) ([]bool, error) {
	if r.Statements == nil || r.Statements.Checking == nil || r.Plan.Undoes != "" {
		return nil, nil
	}
	return r.Statements.Needed(ctx, in, keys)
}

// rowsOf are the values of all columns, for each of the keys.
func (r *Rehearsal) rowsOf(ctx context.Context, in books.Session, columns []string, keys []database.Key) ([][]any, error) {
	selected := make([]string, len(columns))
	for i, name := range columns {
		selected[i] = r.Quote(name)
	}
	rows := make([][]any, len(keys))
	for _, some := range r.Portions(keys) {
		arguments := r.arguments()
		condition, err := r.OneOf(arguments, some)
		if err != nil {
			return nil, err
		}
		text := fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s", r.SelectedList(), strings.Join(selected, ", "), r.From, condition)
		if err := r.readInto(ctx, in, text, arguments.Values, keys, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (r *Rehearsal) readInto(ctx context.Context, in books.Session, text string, arguments []any, keys []database.Key, rows [][]any) error {
	var found []database.Key
	var read [][]any
	err := in.Query(ctx, text, arguments, func(values books.Values) error {
		key, err := r.Key(values[:len(r.Columns)])
		found, read = append(found, key), append(read, kept(values[len(r.Columns):]))
		return err
	})
	if err != nil {
		return err
	}
	places, err := database.PlacesOf(keys, found, r.SameIn(ctx, in))
	for i, place := range places {
		if place >= 0 {
			rows[place] = read[i]
		}
	}
	return err
}

// kept are values that outlive the row that they were read from.
func kept(values books.Values) []any {
	list := make([]any, len(values))
	for i, value := range values {
		switch value := value.(type) {
		case *string:
			if value != nil {
				list[i] = strings.Clone(*value)
			}
		case []byte:
			if value != nil {
				list[i] = slices.Clone(value)
			}
		default:
			list[i] = value
		}
	}
	return list
}

// undoable refuses what might end the transaction before it is undone.
func (r *Rehearsal) undoable(ctx context.Context, writes []database.Write) error {
	var texts []string
	if r.Statements != nil {
		for _, statement := range r.Statements.Migrate {
			texts = append(texts, statement.FirstWord())
		}
	}
	for _, write := range writes {
		for _, statement := range write.Change.Statements {
			texts = append(texts, statement.Text)
		}
	}
	for _, text := range texts {
		if !writesRows(text) {
			return &database.UndoError{Reason: fmt.Sprintf("a statement of the migration begins with %q; only SELECT, INSERT, UPDATE, DELETE, REPLACE, MERGE and WITH are known to be undone", firstWord(text))}
		}
	}
	if r.Ready == nil {
		return nil
	}
	return r.Ready(ctx)
}

func firstWord(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	return strings.ToUpper(words[0])
}

func writesRows(text string) bool {
	return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH"}, firstWord(text))
}

// NoLedgers enters rows nowhere: a rehearsal is for no run.
func NoLedgers() Ledgers {
	nothing := func([]database.Key) error { return nil }
	return Ledgers{Enter: nothing, Leave: nothing, Known: func([]database.Key) (bool, error) { return false, nil }}
}

// Names are the first column of what a query answers.
func Names(ctx context.Context, in books.Session, text string, arguments ...any) ([]string, error) {
	var names []string
	err := in.Query(ctx, text, arguments, func(values books.Values) error {
		names = append(names, strings.Clone(values.Text(0)))
		return nil
	})
	return names, err
}
