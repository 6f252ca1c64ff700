package workflows_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/migration"
)

// TestAnOutageOfAServiceBlamesNobody: the first calls fail for all customers, as
// when what the migration calls is down; all are migrated in the end, none of
// them has failed, and none twice.
func TestAnOutageOfAServiceBlamesNobody(t *testing.T) {
	trial := newTrial(t, 400)
	trial.settings.Limits.Attempts = 1
	var calls atomic.Int64
	trial.refuse = func(row database.Row) error {
		switch {
		case calls.Add(1) <= 60:
			return migration.Later(errors.New("503 Service Unavailable"))
		case row.Key.String() == "200":
			return errors.New("no such street")
		}
		return nil
	}
	summary, _ := trial.run()
	trial.requireWhole(summary, 400)
	require.EqualValues(t, 1, summary.Failed)
	require.EqualValues(t, 399, summary.Migrated)
	require.Equal(t, "no such street", trial.table.Letters()[0].Error)
}
