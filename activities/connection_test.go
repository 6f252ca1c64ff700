package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/internal/memorytable"
)

// busyBooks are books that wait for a lock in vain.
type busyBooks struct{ database.Table }

func (busyBooks) SavePagingState(context.Context, database.Run, database.PagingState) error {
	return &database.Error{Class: database.Contention, Err: errors.New("database is locked")}
}

// TestALockedPagingStateIsLeftToALaterBatch: it fails no activity.
func TestALockedPagingStateIsLeftToALaterBatch(t *testing.T) {
	connection := &Connection{}
	require.NoError(t, connection.savePagingState(t.Context(), busyBooks{}, Order{}, &database.PagingState{Sequence: 3}))
}

// preparing counts how often a table is prepared.
type preparing struct {
	*memorytable.Table
	prepared int
	err      error
}

func (p *preparing) Name() string { return "preparing" }
func (p *preparing) Sets() bool   { return true }
func (p *preparing) Open(context.Context, database.Options) (database.Connection, error) {
	return p, nil
}
func (p *preparing) Prepare(context.Context, database.Plan) (database.Table, error) {
	p.prepared++
	return p.Table, p.err
}
func (p *preparing) Close() error { return nil }

// TestATableThatWasAlteredIsPreparedAnew: the type of a column that changed in mid-run
// failed each attempt, and nothing said that the worker must be restarted.
func TestATableThatWasAlteredIsPreparedAnew(t *testing.T) {
	driver := &preparing{Table: memorytable.New(1)}
	connection := &Connection{Driver: driver}
	require.NoError(t, connection.Open(t.Context()))
	own, err := connection.Fingerprint()
	require.NoError(t, err)
	attempt := func() error {
		_, err := connection.tableFor(t.Context(), Order{Expected: own, DryRun: true})
		return err
	}
	broken := &database.Error{Class: database.Broken, Err: errors.New("column a is of type text but expression is of type integer")}
	for _, passing := range []error{nil, &database.Error{Class: database.Contention, Err: errors.New("locked")}, &database.RunOverError{}} {
		require.Equal(t, passing, connection.doubt(passing))
		require.NoError(t, attempt())
	}
	require.Equal(t, 1, driver.prepared)
	require.Equal(t, broken, connection.doubt(broken))
	driver.err = &database.Error{Class: database.Broken, Err: errors.New("table customers has no column a")}
	require.Equal(t, driver.err, attempt(), "it says what is wrong with the table now")
	driver.err = nil
	require.NoError(t, attempt())
	require.NoError(t, attempt())
	require.Equal(t, 3, driver.prepared)
}

// TestWhatRowsAreCalledIsNoOtherTable: a worker that calls them otherwise serves the run.
func TestWhatRowsAreCalledIsNoOtherTable(t *testing.T) {
	connection := &Connection{Driver: &preparing{Table: memorytable.New(1)}, RowName: "payment"}
	require.NoError(t, connection.Open(t.Context()))
	own, err := connection.Fingerprint()
	require.NoError(t, err)
	require.Equal(t, "payments", own.Rows().Many)
	for _, name := range []string{"", "invoice"} {
		running := own
		running.Target.RowName = name
		_, err := connection.tableFor(t.Context(), Order{Expected: running, DryRun: true})
		require.NoError(t, err, "called %q", name)
		_, itself, err := connection.tableToEnd(End{Order: Order{Expected: running}})
		require.NoError(t, err)
		require.True(t, itself)
	}
	running := own
	running.Definition, running.Target.RowName = "another", "invoice"
	_, itself, err := connection.tableToEnd(End{Order: Order{Expected: running}})
	require.NoError(t, err)
	require.False(t, itself)
}
