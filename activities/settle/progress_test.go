package settle

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/migration"
)

// mostCalls is more than any loop may take for the rows of these tests.
const mostCalls = 1000

// endlessTable fails in the same way whatever is asked of it, and counts the questions.
// Rows that it does not fail for are written.
type endlessTable struct {
	database.Table
	calls int
	// write, lock and check fail for the rows that spoil names; nil: for none.
	write, lock, check error
	// unwritten: rows are not as they were read, all the while.
	unwritten bool
	spoil     func(key string) bool
	// ledger is what the ledger says of each row; nil: nothing.
	ledger *database.LedgerRow
	bury   error
	singly bool
	// written are the rows that were written.
	written map[string]bool
}

func (e *endlessTable) count() {
	if e.calls++; e.calls > mostCalls {
		panic(fmt.Sprintf("%d calls for a few rows: a loop makes no progress", e.calls))
	}
}

func (e *endlessTable) spoiled(keys []database.Key, err error) error {
	for _, key := range keys {
		if err != nil && (e.spoil == nil || e.spoil(key.Text())) {
			return err
		}
	}
	return nil
}

func (e *endlessTable) Traits() database.Traits {
	if e.singly {
		return database.Traits{Singly: e}
	}
	return database.Traits{}
}

func (e *endlessTable) Write(_ context.Context, _ database.Mark, writes []database.Write) (database.Written, error) {
	e.count()
	written := database.Written{Rows: make([]bool, len(writes))}
	if err := e.spoiled(keysOfWrites(writes), e.write); err != nil {
		return written, err
	}
	for i, write := range writes {
		written.Rows[i] = !e.unwritten
		e.written[write.Row.Key.Text()] = !e.unwritten
	}
	return written, nil
}

func (e *endlessTable) WriteEach(_ context.Context, _ database.Mark, writes []database.Write) ([]database.Outcome, error) {
	e.count()
	outcomes := make([]database.Outcome, len(writes))
	if err := e.spoiled(keysOfWrites(writes), e.write); err != nil && database.ClassOf(err) == database.Broken {
		return nil, err
	}
	for i, write := range writes {
		outcomes[i].Err = e.spoiled([]database.Key{write.Row.Key}, e.write)
		outcomes[i].Written = outcomes[i].Err == nil
		e.written[write.Row.Key.Text()] = outcomes[i].Written
	}
	return outcomes, nil
}

func (e *endlessTable) WriteLocked(_ context.Context, _ database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	e.count()
	if err := e.spoiled([]database.Key{key}, e.lock); err != nil {
		return false, err
	}
	_, err := decide(database.Row{Key: key})
	return false, err
}

func (e *endlessTable) Check(_ context.Context, keys []database.Key) ([]bool, error) {
	e.count()
	needed := make([]bool, len(keys))
	for i := range needed {
		needed[i] = true
	}
	return needed, e.spoiled(keys, e.check)
}

func (e *endlessTable) ReadKeys(_ context.Context, keys []database.Key) ([]database.Row, error) {
	e.count()
	rows := make([]database.Row, len(keys))
	for i, key := range keys {
		rows[i].Key = key
	}
	return rows, nil
}

func (e *endlessTable) Ledger(_ context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	e.count()
	var rows []database.LedgerRow
	for _, key := range keys {
		if e.ledger != nil {
			row := *e.ledger
			row.Key = key
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (e *endlessTable) Bury(context.Context, database.Run, database.DeadLetter) (bool, error) {
	e.count()
	return false, e.bury
}

func only(number int) func(string) bool {
	return func(key string) bool { return key == database.Key{fmt.Sprint(number)}.Text() }
}

var (
	errOwn     = database.OwnError(errors.New("no such country"))
	errSlow    = database.StatementTimeout(errors.New("canceling statement"))
	errLocked  = &database.Error{Class: database.Contention, Err: errors.New("deadlock")}
	errUnknown = &database.Error{Class: database.Broken, Err: errors.New("SQLSTATE UE001")}
	errGone    = &database.Error{Class: database.Disconnected, Err: errors.New("connection refused")}
	// failedBefore is what an earlier run has left for a row.
	failedBefore = &database.LedgerRow{Run: 1, Failed: true}
)

// TestNoLoopGoesOnWithoutProgress: each way to fail for ever ends, with every row
// migrated, troubled or locked, or with an error.
func TestNoLoopGoesOnWithoutProgress(t *testing.T) {
	const rows = 20
	// So many rows are troubled or locked, and the others are migrated, or nothing is.
	for name, test := range map[string]struct {
		table            endlessTable
		attempt          int
		transaction      int
		troubled, locked int
		class            database.Class
		fails            bool
	}{
		"an own error of one row":                        {table: endlessTable{write: errOwn, spoil: only(7)}, troubled: 1},
		"an own error of all":                            {table: endlessTable{write: errOwn}, troubled: rows},
		"a conflict with nobody, for one":                {table: endlessTable{write: database.ErrLedgerConflict, spoil: only(7)}, troubled: 1},
		"a conflict with nobody, for all":                {table: endlessTable{write: database.ErrLedgerConflict}, troubled: rows},
		"a conflict with what does not make way":         {table: endlessTable{write: database.ErrLedgerConflict, ledger: failedBefore}, troubled: rows},
		"a conflict with one that does not make way":     {table: endlessTable{write: database.ErrLedgerConflict, ledger: failedBefore, spoil: only(7)}, troubled: 1},
		"one row that is slow":                           {table: endlessTable{write: errSlow, spoil: only(7)}, troubled: 1},
		"a slow database":                                {table: endlessTable{write: errSlow}, fails: true, class: database.Contention},
		"a row that stays locked":                        {table: endlessTable{write: errLocked, spoil: only(7)}, locked: 1},
		"rows that all stay locked":                      {table: endlessTable{write: errLocked}, fails: true, class: database.Contention},
		"an error that no list knows, first":             {table: endlessTable{write: errUnknown, spoil: only(7)}, fails: true, class: database.Broken},
		"an error that no list knows, repeated":          {table: endlessTable{write: errUnknown, spoil: only(7)}, attempt: unknownAfter, troubled: 1},
		"an error that no list knows, of all":            {table: endlessTable{write: errUnknown}, attempt: 9, fails: true, class: database.Broken},
		"the server is gone":                             {table: endlessTable{write: errGone}, attempt: 9, fails: true, class: database.Disconnected},
		"the check fails for one":                        {table: endlessTable{check: errOwn, spoil: only(7)}, troubled: 1},
		"the check fails for all":                        {table: endlessTable{check: errOwn}, troubled: rows},
		"the check is slow for one":                      {table: endlessTable{check: errSlow, spoil: only(7)}, troubled: 1},
		"the check is slow for all":                      {table: endlessTable{check: errSlow}, fails: true, class: database.Contention},
		"the check fails as no list knows":               {table: endlessTable{check: errUnknown, spoil: only(7)}, attempt: unknownAfter, troubled: 1},
		"the check fails so for all":                     {table: endlessTable{check: errUnknown}, attempt: 9, fails: true, class: database.Broken},
		"singly, an own error of one":                    {table: endlessTable{write: errOwn, singly: true, spoil: only(7)}, transaction: 1, troubled: 1},
		"singly, an error that no list knows":            {table: endlessTable{write: errUnknown, singly: true, spoil: only(7)}, transaction: 1, attempt: unknownAfter, troubled: 1},
		"singly, such an error of all":                   {table: endlessTable{write: errUnknown, singly: true}, transaction: 1, attempt: 9, fails: true, class: database.Broken},
		"rows that change all the time":                  {table: endlessTable{unwritten: true}, troubled: rows},
		"and conflict under the lock":                    {table: endlessTable{unwritten: true, lock: database.ErrLedgerConflict}, troubled: rows},
		"and conflict there with what does not make way": {table: endlessTable{unwritten: true, lock: database.ErrLedgerConflict, ledger: failedBefore}, troubled: rows},
		"and are locked":                                 {table: endlessTable{unwritten: true, lock: errLocked}, fails: true, class: database.Contention},
		"and fail as no list knows":                      {table: endlessTable{unwritten: true, lock: errUnknown}, attempt: 9, fails: true, class: database.Broken},
	} {
		t.Run(name, func(t *testing.T) {
			table := test.table
			table.written = map[string]bool{}
			settler := &Settler{Migration: migration.Migration{Statements: &database.Statements{Check: "check"}}, Sizer: throttle.NewSizer(time.Second)}
			job := Job{Mark: database.Mark{Run: database.Run{Number: 2}, Sequence: 1}, Attempt: max(1, test.attempt), Transaction: test.transaction}
			outcome, err := settler.Migrate(t.Context(), &table, job, Set{Rows: numbered(rows)})
			if test.fails {
				require.Error(t, err)
				require.Equal(t, test.class, database.ClassOf(err))
				require.Empty(t, outcome.Troubled)
				return
			}
			require.NoError(t, err)
			require.Len(t, outcome.Troubled, test.troubled)
			require.Len(t, outcome.Locked, test.locked)
			require.Equal(t, rows-test.troubled-test.locked, outcome.Counts.Migrated)
		})
	}
}

// TestARowAloneIsTroubledByARepeatedError, since there is no other to compare with; what
// is the server's is repeated.
func TestARowAloneIsTroubledByARepeatedError(t *testing.T) {
	single := func(err error, attempt int) error {
		table := &endlessTable{write: err, written: map[string]bool{}}
		settler := &Settler{Migration: migration.Migration{Statements: &database.Statements{}}, Sizer: throttle.NewSizer(time.Second)}
		_, failed := settler.Single(t.Context(), table, Job{Attempt: attempt}, database.Key{"7"})
		return failed
	}
	var own *RowError
	require.NotErrorAs(t, single(errUnknown, 1), &own)
	require.NotErrorAs(t, single(errUnknown, aloneAfter-1), &own)
	require.ErrorAs(t, single(errUnknown, aloneAfter), &own)
	require.NotErrorAs(t, single(errGone, 100), &own)
	require.NotErrorAs(t, single(&database.RunOverError{}, 100), &own)
}

// TestALetterThatTheLedgerRefusesEnds: it was tried again for ever.
func TestALetterThatTheLedgerRefusesEnds(t *testing.T) {
	table := &endlessTable{bury: database.ErrLedgerConflict}
	_, err := Bury(t.Context(), table, database.Run{Number: 2}, database.DeadLetter{Key: database.Key{"7"}})
	var refused *database.BooksError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, err.Error(), "dead letter of row 7")
}

// TestARehearsalEnds, too.
func TestARehearsalEnds(t *testing.T) {
	for _, err := range []error{errOwn, errSlow, errUnknown} {
		table := &endlessTable{check: err, spoil: only(7), written: map[string]bool{}}
		settler := &Settler{Migration: migration.Migration{Statements: &database.Statements{Check: "check"}}}
		outcome, failed := settler.Rehearse(t.Context(), table, Job{Attempt: unknownAfter}, Set{Rows: numbered(20)})
		require.NoError(t, failed)
		require.Equal(t, Counts{Migrated: 19, Failed: 1}, outcome.Counts)
	}
}
