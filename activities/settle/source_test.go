package settle

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/internal/memorytable"
)

// failing is a table whose keys cannot be parsed for the time being.
type failing struct {
	database.Table
	err error
}

func (f failing) ParseKey(ctx context.Context, columns []string) (database.Key, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Table.ParseKey(ctx, columns)
}

// TestAnIDIsDroppedOnlyIfNoRowCanHaveIt: an outage fails the attempt instead.
func TestAnIDIsDroppedOnlyIfNoRowCanHaveIt(t *testing.T) {
	ids := []idfile.ID{{Text: "1"}, {Text: "one"}, {Text: "3"}}
	keys, err := parse(t.Context(), failing{memorytable.New(3), nil}, ids)
	require.NoError(t, err)
	require.Equal(t, []database.Key{{"1"}, {"3"}}, keys)
	outage := &database.Error{Class: database.Disconnected, Err: errors.New("connection refused")}
	_, err = parse(t.Context(), failing{memorytable.New(3), outage}, ids)
	require.ErrorIs(t, err, outage)
}

// askedTable remembers which range it was asked for.
type askedTable struct {
	database.Table
	asked database.Range
}

var errAsked = errors.New("asked")

func (a *askedTable) Read(_ context.Context, part database.Range, _ database.Key, _ int) ([]database.Row, error) {
	a.asked = part
	return nil, errAsked
}

// TestWhichRangesAreFresh: those that were handed out as such, and to which nobody has
// come since.
func TestWhichRangesAreFresh(t *testing.T) {
	for _, test := range []struct{ fresh, worked, asked bool }{
		{fresh: true, asked: true},
		{},
		{fresh: true, worked: true},
		{worked: true},
	} {
		table := &askedTable{}
		_, err := Reading{Table: table, Part: database.Range{Fresh: test.fresh}, Worked: test.worked}.Source().Next(t.Context(), 10)
		require.ErrorIs(t, err, errAsked)
		require.Equal(t, test.asked, table.asked.Fresh)
	}
}
