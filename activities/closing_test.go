package activities

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"db-migrate/database"
)

// TestSmallerWindows: they begin with a quarter of what there is.
func TestSmallerWindows(t *testing.T) {
	for _, test := range []struct{ estimate, size, smaller int64 }{
		{1500, 0, 375}, {1500, 375, 93}, {50_000_000, ClosingRows, ClosingRows / 4}, {0, 0, leastClosing}, {1500, leastClosing, leastClosing},
	} {
		require.Equal(t, test.smaller, ClosingRequest{Estimate: test.estimate}.smaller(test.size), test)
	}
}

// unjudged is a table of rows 1, 2, … on some of which the check raises an error.
type unjudged struct {
	database.Table
	rows int
	// bad rows have the error; noted is whether they stand in the ledger.
	bad   map[int]bool
	noted bool
	asked int
}

func (u *unjudged) Traits() database.Traits { return database.Traits{Strides: u} }

func number(key database.Key, otherwise int) int {
	if key == nil {
		return otherwise
	}
	found, _ := strconv.Atoi(key[0])
	return found
}

func (u *unjudged) Stride(_ context.Context, after, upTo database.Key, rows int) (database.Stride, error) {
	from, to := number(after, 0), number(upTo, u.rows)
	if from+rows >= to {
		return database.Stride{UpTo: database.Key{strconv.Itoa(to)}, Customers: to - from, Last: true}, nil
	}
	return database.Stride{UpTo: database.Key{strconv.Itoa(from + rows)}, Customers: rows}, nil
}

// badIn is how many rows of a window have the error.
func (u *unjudged) badIn(window database.Window) (bad int64) {
	for id := number(window.After, 0) + 1; id <= number(window.UpTo, u.rows); id++ {
		if u.bad[id] {
			bad++
		}
	}
	return bad
}

var errMalformed = database.OwnError(errors.New("malformed JSON"))

func (u *unjudged) Balance(_ context.Context, _ database.Run, window database.Window, full bool) (database.Balance, error) {
	u.asked++
	bad, rows := u.badIn(window), int64(number(window.UpTo, u.rows)-number(window.After, 0))
	if full && bad > 0 {
		return database.Balance{}, errMalformed
	}
	found := database.Balance{Migrated: rows - bad, Ledgered: rows - bad, Judged: full}
	if u.noted {
		found.Failed, found.Ledgered = bad, rows
	}
	return found, nil
}

func (u *unjudged) LeftKeys(_ context.Context, _ database.Run, window database.Window, _ int, _ bool) ([]database.Key, error) {
	u.asked++
	if u.badIn(window) > 0 {
		return nil, errMalformed
	}
	return nil, nil
}

// TestARowThatCannotBeJudged does not keep a run from its end: it has failed, or is left.
func TestARowThatCannotBeJudged(t *testing.T) {
	for _, noted := range []bool{true, false} {
		table := &unjudged{rows: 3000, bad: map[int]bool{1: true, 500: true, 501: true, 3000: true}, noted: noted}
		var counted Counted
		var left LeftRows
		inActivity(t, func(ctx context.Context) (err error) {
			request := ClosingRequest{Full: true, Estimate: 3000, Limit: 10}
			if counted, err = countLeft(ctx, table, request, &pausing{}); err == nil {
				left, err = listLeft(ctx, table, request)
			}
			return err
		})
		require.EqualValues(t, 2996, counted.Migrated)
		require.True(t, counted.Judged)
		require.Nil(t, counted.Through)
		require.Empty(t, left.Keys)
		require.Less(t, table.asked, 300)
		if noted {
			require.EqualValues(t, 4, counted.Failed)
			require.Zero(t, counted.Left)
		} else {
			require.EqualValues(t, 4, counted.Left)
		}
	}
}

// inActivity runs do as an activity.
func inActivity(t *testing.T, do func(ctx context.Context) error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	environment := suite.NewTestActivityEnvironment()
	environment.RegisterActivity(do)
	_, err := environment.ExecuteActivity(do)
	require.NoError(t, err)
}
