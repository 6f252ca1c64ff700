package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/settle"
	"db-migrate/database"
	"db-migrate/migration"
)

// setTable is a table whose transactions hold so many customers, inFlightTable one
// without sets.
type setTable struct {
	database.Table
	limit int
}

func (s setTable) TransactionLimit() int { return s.limit }

func (setTable) Traits() database.Traits { return database.Traits{} }

type inFlightTable struct{ setTable }

func (inFlightTable) Traits() database.Traits { return database.Traits{InFlight: 16} }

// TestWhoTakesTurns: sets that keep the database at work, and all if a number says so.
func TestWhoTakesTurns(t *testing.T) {
	sets := setTable{limit: 1000}
	for name, test := range map[string]struct {
		table     database.Table
		batch     Batch
		migration migration.Migration
		takes     bool
	}{
		"sets by time":                        {sets, Batch{}, migration.Migration{}, true},
		"a dry run":                           {sets, Batch{Order: Order{DryRun: true}}, migration.Migration{}, true},
		"a transaction per customer":          {sets, Batch{TransactionSize: 1}, migration.Migration{}, false},
		"a transaction size":                  {sets, Batch{TransactionSize: 500}, migration.Migration{}, false},
		"a transaction size, sets at once":    {sets, Batch{TransactionSize: 500, SetsAtOnce: 4}, migration.Migration{}, true},
		"customers in flight":                 {inFlightTable{sets}, Batch{}, migration.Migration{}, false},
		"one customer in a set":               {setTable{limit: 1}, Batch{}, migration.Migration{}, false},
		"one customer in a set, sets at once": {setTable{limit: 1}, Batch{SetsAtOnce: 4}, migration.Migration{}, true},
		"calls of a service":                  {sets, Batch{}, migration.Migration{Parallel: 8}, false},
	} {
		t.Run(name, func(t *testing.T) {
			run := &batchRun{table: test.table, batch: test.batch, tools: tools{settler: &settle.Settler{Migration: test.migration}}}
			require.Equal(t, test.takes, run.takesTurns())
		})
	}
}
