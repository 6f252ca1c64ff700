package activities

import (
	"context"
	"errors"
	"sync"

	"db-migrate/database"
	"db-migrate/migration"
)

// Connection is the component that owns the worker's database. Building it does
// no I/O; Open does.
type Connection struct {
	Driver    database.Driver
	Options   database.Options
	Migration migration.Migration

	mutex sync.Mutex
	open  database.Connection
	table database.Table
}

// Open connects and holds the migration's plan against the live table.
func (c *Connection) Open(ctx context.Context) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.table != nil {
		return nil
	}
	open, err := c.Driver.Open(ctx, c.Options)
	if err != nil {
		return err
	}
	table, err := open.Prepare(ctx, c.Migration.Plan())
	if err != nil {
		return errors.Join(err, open.Close())
	}
	c.open, c.table = open, table
	return nil
}

// Close closes the database.
func (c *Connection) Close() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.open == nil {
		return nil
	}
	err := c.open.Close()
	c.open, c.table = nil, nil
	return err
}

// Fingerprint says what this worker works on.
func (c *Connection) Fingerprint() (Fingerprint, error) {
	table, err := c.opened()
	if err != nil {
		return Fingerprint{}, err
	}
	return Fingerprint{Target: table.Target(), Migration: c.Migration.Name, Definition: c.Migration.Definition()}, nil
}

// tableFor is the open table, if it is the one that the run is about.
func (c *Connection) tableFor(expected Fingerprint) (database.Table, error) {
	own, err := c.Fingerprint()
	if err != nil {
		return nil, err
	}
	if err := expected.compare(own); err != nil {
		return nil, err
	}
	return c.opened()
}

// tableToEnd is the table with the books of a run that has ended, and reports whether
// this worker serves the run's own definition. A run that was cancelled or has failed
// may be ended by a worker of another definition, or of another migration, if it works
// on the same table: the right one may be gone for good, and only the books are
// written. The paging state stays as it was last saved then: another definition may
// mean other rows.
func (c *Connection) tableToEnd(ctx context.Context, end End) (table database.Table, own bool, err error) {
	table, err = c.tableFor(end.Expected)
	var wrong *WrongWorkerError
	if !errors.As(err, &wrong) {
		return table, err == nil, err
	}
	sameTable := wrong.Worker
	sameTable.Migration, sameTable.Definition = wrong.Run.Migration, wrong.Run.Definition
	if end.Discard || sameTable != wrong.Run {
		return nil, false, err
	}
	if wrong.Worker.Migration == wrong.Run.Migration {
		table, err = c.opened()
		return table, false, err
	}
	table, err = c.prepareAs(ctx, wrong.Run.Migration)
	return table, false, err
}

// prepareAs prepares the table with the books of another migration.
func (c *Connection) prepareAs(ctx context.Context, migration string) (database.Table, error) {
	c.mutex.Lock()
	open := c.open
	c.mutex.Unlock()
	if open == nil {
		return nil, errNotOpen
	}
	plan := c.Migration.Plan()
	plan.Migration = migration
	return open.Prepare(ctx, plan)
}

var errNotOpen = errors.New("the worker's database connection is not open")

// keepsPagingState tells whether a run goes on from the paging state, and moves
// it: it is that of the whole table's scan. To begin a part, a file, or the
// customers of a condition at their start is cheap by the ledger.
func (c *Connection) keepsPagingState(order Order) bool {
	return !order.DryRun && !order.Partial && order.File == nil && c.Migration.Where == ""
}

// savePagingState moves the paging state forward. If that waits for a lock in vain,
// a later batch moves it, or the run's end: no attempt is spent on it.
func (c *Connection) savePagingState(ctx context.Context, table database.Table, order Order, state *database.PagingState) error {
	if state == nil || !c.keepsPagingState(order) {
		return nil
	}
	err := table.SavePagingState(ctx, order.Run, *state)
	if database.ClassOf(err) == database.Contention {
		return ctx.Err()
	}
	return err
}

func (c *Connection) opened() (database.Table, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.table == nil {
		return nil, errNotOpen
	}
	return c.table, nil
}
