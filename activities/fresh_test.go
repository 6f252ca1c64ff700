package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/migration"
)

// askedTable remembers which range it was asked for.
type askedTable struct {
	database.Table
	asked database.Range
}

var errAsked = errors.New("asked")

func (askedTable) TransactionLimit() int { return 1000 }

func (a *askedTable) Read(_ context.Context, part database.Range, _ database.Key, _ int) ([]database.Row, error) {
	a.asked = part
	return nil, errAsked
}

// TestWhichRangesAreFresh: those to which nobody has come before.
func TestWhichRangesAreFresh(t *testing.T) {
	for name, test := range map[string]struct {
		firstPass, worked bool
		attempt           int32
		fresh             bool
	}{
		"the first pass":                      {firstPass: true, attempt: 1, fresh: true},
		"another run, or another pass":        {attempt: 1},
		"a second attempt":                    {firstPass: true, attempt: 2},
		"a range that was worked on":          {firstPass: true, worked: true, attempt: 1},
		"a second attempt of another run too": {attempt: 2},
	} {
		t.Run(name, func(t *testing.T) {
			table := &askedTable{}
			migrator := NewCustomerMigrator(&Connection{}, migration.Migration{}, nil, nil)
			run := &batchRun{table: table, migrator: migrator, attempt: test.attempt, batch: Batch{FirstPass: test.firstPass}}
			_, err := run.read(t.Context(), database.Range{Worked: test.worked})
			require.ErrorIs(t, err, errAsked)
			require.Equal(t, test.fresh, table.asked.Fresh)
		})
	}
}
