package settle

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/migration"
)

// rehearsedTable writes every row but those that it leaves as they are, and undoes it.
type rehearsedTable struct {
	slowTable
	left map[string]bool
}

func (r *rehearsedTable) Traits() database.Traits { return database.Traits{Rehearsal: r} }

func (r *rehearsedTable) TransactionLimit() int { return 100 }

func (r *rehearsedTable) ReadKeys(_ context.Context, keys []database.Key) (rows []database.Row, err error) {
	for _, key := range keys {
		rows = append(rows, database.Row{Key: key})
	}
	return rows, nil
}

func (r *rehearsedTable) Check(_ context.Context, keys []database.Key) ([]bool, error) {
	needed := make([]bool, len(keys))
	for i := range needed {
		needed[i] = true
	}
	return needed, nil
}

func (r *rehearsedTable) Rehearse(_ context.Context, writes []database.Write) (found database.Rehearsed, err error) {
	for _, write := range writes {
		found.Rows = append(found.Rows, database.RehearsedRow{Columns: []string{"n"}, Before: []any{1}, After: []any{2},
			Written: !r.left[write.Row.Key.Text()]})
	}
	return found, nil
}

// TestRowsThatAStatementLeavesOutDoNotFail in a preview, since they do not in a run; a
// check that wants them and a statement that does not take them contradict each other.
func TestRowsThatAStatementLeavesOutDoNotFail(t *testing.T) {
	var keys []database.Key
	for _, row := range numbered(10) {
		keys = append(keys, row.Key)
	}
	for check, want := range map[string]Preview{
		"":      {Rows: 7, Left: 3},
		"check": {Rows: 10, Refused: 3},
	} {
		table := &rehearsedTable{left: map[string]bool{"2": true, "3": true, "9": true}}
		settler := &Settler{Migration: migration.Migration{Statements: &database.Statements{Check: check}}}
		shown, err := settler.Preview(t.Context(), table, Job{}, keys)
		require.NoError(t, err)
		require.Equal(t, want, Preview{Rows: shown.Rows, Left: shown.Left, Refused: shown.Refused})
		require.Equal(t, check != "", shown.Fails())
	}
}
