package settle

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/migration"
)

func numberedRows(count int) []database.Row {
	rows := make([]database.Row, count)
	for i := range rows {
		rows[i] = database.Row{Key: database.Key{strconv.Itoa(i)}}
	}
	return rows
}

func deciderOf(parallel int, change migration.Change) decider {
	return goDecider{migration: migration.Migration{Name: "trial", Writes: []string{"new"}, Change: change, Parallel: parallel}}
}

func setKey(_ context.Context, row database.Row) (database.Change, error) {
	var change database.Change
	change.Set("new", row.Key.String())
	return change, nil
}

// TestValuesAreThoseThatDriversWrite, and what no column can hold is the row's own
// error, before any driver sees it.
func TestValuesAreThoseThatDriversWrite(t *testing.T) {
	text := "hello"
	values := []any{&text, (*string)(nil), int32(7), []string{"a"}, func() {}}
	verdicts, err := deciderOf(0, func(_ context.Context, row database.Row) (database.Change, error) {
		var change database.Change
		place, err := strconv.Atoi(row.Key.String())
		change.Set("new", values[place])
		return change, err
	}).decide(t.Context(), numberedRows(len(values)))
	require.NoError(t, err)
	for i, expected := range []any{"hello", nil, int64(7)} {
		require.NoError(t, verdicts[i].err)
		require.Equal(t, expected, verdicts[i].change.Assignments[0].Value)
	}
	require.ErrorContains(t, verdicts[3].err, "migration trial sets column new: no column can hold a value of type []string")
	require.ErrorContains(t, verdicts[4].err, "type func()")
}

// TestErrorsOfAChangeByWhoseTheyAre: the customer's own makes him troubled, any
// other keeps everybody's verdict open, and blames nobody.
func TestErrorsOfAChangeByWhoseTheyAre(t *testing.T) {
	outage := errors.New("503 Service Unavailable")
	for name, test := range map[string]struct {
		err error
		own bool
	}{
		"an error":                   {errors.New("no such street"), true},
		"a timeout of the change's":  {context.DeadlineExceeded, true},
		"an error said to be own":    {database.OwnError(outage), true},
		"later":                      {migration.Later(outage), false},
		"later, wrapped":             {fmt.Errorf("geocoder: %w", migration.Later(outage)), false},
		"later, of a timeout":        {migration.Later(context.DeadlineExceeded), false},
		"an error of the database's": {&database.Error{Class: database.Broken, Err: outage}, false},
	} {
		for _, parallel := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s, %d at once", name, parallel), func(t *testing.T) {
				verdicts, err := deciderOf(parallel, func(ctx context.Context, row database.Row) (database.Change, error) {
					if row.Key.String() == "2" {
						return database.Change{}, test.err
					}
					return setKey(ctx, row)
				}).decide(t.Context(), numberedRows(5))
				if test.own {
					require.NoError(t, err)
					require.ErrorIs(t, verdicts[2].err, test.err)
					require.Len(t, verdicts[4].change.Assignments, 1)
					return
				}
				require.ErrorIs(t, err, test.err)
				require.ErrorContains(t, err, "migration trial, at row 2: ")
				var postponed *PostponedError
				require.ErrorAs(t, err, &postponed)
			})
		}
	}
}

func TestLaterOfNothingIsNothing(t *testing.T) { require.NoError(t, migration.Later(nil)) }

// TestAnInterruptedCallBlamesNobody: a worker that stops cancels the calls under
// way, and their errors are not the customers'.
func TestAnInterruptedCallBlamesNobody(t *testing.T) {
	for _, parallel := range []int{0, 4} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := deciderOf(parallel, func(ctx context.Context, _ database.Row) (database.Change, error) {
			cancel()
			return database.Change{}, fmt.Errorf("call interrupted: %w", ctx.Err())
		}).decide(ctx, numberedRows(20))
		require.ErrorIs(t, err, context.Canceled)
	}
}

// TestParallelCallsAreBoundedAndKeepTheirRows: each call waits until as many as
// may be under way are so, which fails by never ending if fewer are.
func TestParallelCallsAreBoundedAndKeepTheirRows(t *testing.T) {
	const parallel, rows = 4, 40
	var mutex sync.Mutex
	waiting, most := 0, 0
	full := make(chan struct{})
	verdicts, err := deciderOf(parallel, func(ctx context.Context, row database.Row) (database.Change, error) {
		mutex.Lock()
		waiting++
		most = max(most, waiting)
		if waiting == parallel {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mutex.Unlock()
		<-full
		mutex.Lock()
		waiting--
		mutex.Unlock()
		return setKey(ctx, row)
	}).decide(t.Context(), numberedRows(rows))
	require.NoError(t, err)
	require.Equal(t, parallel, most)
	for i, verdict := range verdicts {
		value, _ := verdict.change.Assigned("new")
		require.Equal(t, strconv.Itoa(i), value)
	}
}

// TestARowsErrorCanBeStored, and travels as it is stored.
func TestARowsErrorCanBeStored(t *testing.T) {
	for _, change := range []migration.Change{
		func(context.Context, database.Row) (database.Change, error) {
			return database.Change{}, errors.New("M\xfcller\x00")
		},
		func(context.Context, database.Row) (database.Change, error) { panic("M\xfcller\x00") },
	} {
		work := &settling{decide: deciderOf(1, change)}
		_, _, err := work.decideNext(t.Context(), numberedRows(1))
		require.NoError(t, err)
		require.Len(t, work.out.Troubled, 1)
		require.Contains(t, work.out.Troubled[0].Error, "M\uFFFDller\uFFFD")
	}
}

// TestAValueOfASampleIsShownAsItIs, but for what a terminal would obey.
func TestAValueOfASampleIsShownAsItIs(t *testing.T) {
	for value, shown := range map[any]string{nil: "NULL", "Ünï": "Ünï", int64(5): "5", "\x1b[2Jgone": "\uFFFD[2Jgone", strings.Repeat("x", 70): strings.Repeat("x", 59) + "…"} {
		require.Equal(t, shown, showValue(value))
	}
}
