package settle

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/internal/memorytable"
	"db-migrate/migration"
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

// heavyTable reads at most three rows at a time, as drivers do where rows are heavy.
type heavyTable struct{ *memorytable.Table }

func (h heavyTable) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	rows, err := h.Table.Read(ctx, part, after, min(limit, 3))
	if err == nil && len(rows) == 3 && limit > 3 {
		err = database.ErrCut
	}
	return rows, err
}

func (h heavyTable) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	rows, err := h.Table.ReadKeys(ctx, keys)
	if err == nil && len(rows) > 3 {
		return rows[:3], database.ErrCut
	}
	return rows, err
}

// TestHeavyRowsAreHandedOutInSmallerSets, each once, and a row is gone only if it is.
func TestHeavyRowsAreHandedOutInSmallerSets(t *testing.T) {
	table := heavyTable{memorytable.New(8)}
	for name, part := range map[string]database.Range{
		"a table": {}, "a list": {Keys: []database.Key{{"1"}, {"2"}, {"3"}, {"4"}, {"5"}, {"6"}, {"99"}, {"7"}, {"8"}}}} {
		t.Run(name, func(t *testing.T) {
			reading, found, gone := Reading{Table: table, Part: part}, []string{}, 0
			for last := false; !last; {
				set, err := reading.Source().Next(t.Context(), 6)
				require.NoError(t, err)
				require.LessOrEqual(t, len(set.Rows), 3)
				for _, row := range set.Rows {
					found = append(found, row.Key.String())
				}
				last, gone, reading.From = set.Last, gone+len(set.Gone), set.Position
			}
			require.Equal(t, []string{"1", "2", "3", "4", "5", "6", "7", "8"}, found)
			require.Equal(t, len(part.Keys)/9, gone)
		})
	}
}

// TestRowsAreDecidedOnAsLongAsThereIsRoom for their changes, and all in the end.
func TestRowsAreDecidedOnAsLongAsThereIsRoom(t *testing.T) {
	grow := func(context.Context, database.Row) (database.Change, error) {
		var change database.Change
		change.Set("new", strings.Repeat("x", 100<<10))
		return change, nil
	}
	for _, parallel := range []int{0, 4} {
		table := &endlessTable{written: map[string]bool{}}
		settler := &Settler{Migration: migration.Migration{Name: "grow", Writes: []string{"new"}, Change: grow, Parallel: parallel},
			Sizer: throttle.NewSizer(time.Second), Memory: throttle.NewMemory(1, 1)}
		outcome, err := settler.Migrate(t.Context(), table, Job{Attempt: 1}, Set{Rows: numbered(20)})
		require.NoError(t, err)
		require.Equal(t, 20, outcome.Counts.Migrated)
		require.Greater(t, table.calls, 2, "one set would be one call")
		require.Len(t, table.written, 20)
	}
}
