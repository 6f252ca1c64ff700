package activities

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"db-migrate/activities/settle"
	"db-migrate/database"
	"db-migrate/migration"
)

// Connection is the component that owns the worker's database. Building it does
// no I/O; Open does.
type Connection struct {
	Driver    database.Driver
	Options   database.Options
	Migration migration.Migration
	// Memory is what the rows in hand may take in bytes; 0: what they do.
	Memory int64

	// RowName is what one row is called to people; empty: what its table suggests.
	RowName string
	// Build tells programs apart that were built from different code: a migration in Go
	// is only the same in the same program.
	Build string

	known, current knownRun
	// outdated is what the last look at the migration's file has come to.
	outdated atomic.Pointer[string]
	mutex    sync.Mutex
	open     database.Connection
	table    database.Table
	// doubted: the table may have been altered since it was prepared.
	doubted bool
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
		return &UnopenedError{err}
	}
	table, err := c.prepare(ctx, open)
	if err != nil {
		return errors.Join(err, open.Close())
	}
	c.open, c.table = open, table
	return nil
}

// prepare holds the migration's plan against the live table, and that of its undo: whoever
// needs it has no time to mend it.
func (c *Connection) prepare(ctx context.Context, open database.Connection) (database.Table, error) {
	table, err := open.Prepare(ctx, c.Migration.Plan())
	if plan, has := c.Migration.UndoPlan(); has && (err == nil || database.ClassOf(err) == database.Broken) {
		_, undoing := open.Prepare(ctx, plan)
		err = errors.Join(err, undoing)
	}
	return table, err
}

// UnopenedError is about the database itself, before the migration has asked it anything.
type UnopenedError struct{ err error }

func (e *UnopenedError) Error() string { return e.err.Error() }
func (e *UnopenedError) Unwrap() error { return e.err }

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
	own := Fingerprint{Target: table.Target(), Migration: c.Migration.Name, Definition: c.Migration.Definition()}
	own.Target.RowName = c.RowName
	if c.Migration.Change != nil {
		own.Build = c.Build
	}
	return own, nil
}

// tableFor is the open table, if it is the one that the run is about, and its books
// know the run as alive: else it is another database, a copy of it for example.
func (c *Connection) tableFor(ctx context.Context, order Order) (database.Table, error) {
	if err := c.prepareDoubted(ctx); err != nil {
		return nil, err
	}
	table, err := c.served(order.Expected)
	switch {
	case order.DryRun:
		return table, err
	case err != nil:
		return nil, c.ofAnotherTable(ctx, order, err)
	}
	if err := c.alive(ctx, table, order.Run); err != nil {
		return nil, err
	}
	return table, c.stillCurrent(ctx, table, order.Run)
}

// ofAnotherTable is what the books say of a run whose table is another one by now than that
// of its name, where the worker was started since; else the error that there is.
func (c *Connection) ofAnotherTable(ctx context.Context, order Order, wrong error) error {
	var worker *WrongWorkerError
	if !errors.As(wrong, &worker) || !worker.remade() {
		return wrong
	}
	table, err := c.opened()
	if err == nil {
		_, err = table.Current(ctx, order.Run)
	}
	if err != nil {
		return err
	}
	return wrong
}

// alive asks the books whether the run is alive, unless they have said so just now.
func (c *Connection) alive(ctx context.Context, table database.Table, run database.Run) error {
	if c.known.recently(run, knownFor) {
		return nil
	}
	alive, err := table.Alive(ctx, run)
	switch {
	case err != nil:
		return err
	case !alive:
		return &database.RunOverError{Run: run}
	}
	c.known.note(run, time.Now())
	return nil
}

// stillCurrent asks now and then whether the table and the ledger are those that the run
// began with, so that it does not go on for hours in vain. The closing balance asks last.
func (c *Connection) stillCurrent(ctx context.Context, table database.Table, run database.Run) error {
	if c.current.recently(run, currentFor) {
		return nil
	}
	if _, err := table.Current(ctx, run); err != nil {
		return err
	}
	c.current.note(run, time.Now())
	return nil
}

// doubt takes note of an error that may come of a table that was altered since it was
// prepared: a column's type, for example. The next attempt prepares it anew.
func (c *Connection) doubt(err error) error {
	if err != nil && database.ClassOf(err) == database.Broken && !settle.Foreign(err) {
		c.current.forget()
		c.mutex.Lock()
		c.doubted = c.table != nil
		c.mutex.Unlock()
	}
	return err
}

// prepareDoubted prepares the table anew after an error of the database's.
func (c *Connection) prepareDoubted(ctx context.Context) error {
	c.mutex.Lock()
	open, doubted := c.open, c.doubted
	c.doubted = false
	c.mutex.Unlock()
	if !doubted {
		return nil
	}
	table, err := open.Prepare(ctx, c.Migration.Plan())
	if err != nil {
		return c.doubt(err)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.table != nil && c.table.Target() == table.Target() {
		c.table = table
	}
	return nil
}

// tableToWrite is the open table for what no dry run does.
func (c *Connection) tableToWrite(ctx context.Context, order Order) (database.Table, error) {
	order.DryRun = false
	return c.tableFor(ctx, order)
}

// knownFor is how long a run that was alive is taken for alive by those who only read:
// whoever writes proves it each time.
const knownFor = 5 * time.Second

// currentFor is how long a table is taken for the one that the run began with.
const currentFor = 30 * time.Second

// knownRun is the run that was last found alive, or current.
type knownRun struct {
	mutex sync.Mutex
	run   database.Run
	at    time.Time
}

func (k *knownRun) recently(run database.Run, recent time.Duration) bool {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	return k.run == run && time.Since(k.at) < recent
}

// forget makes the next look ask the books.
func (k *knownRun) forget() { k.note(database.Run{}, time.Time{}) }

func (k *knownRun) note(run database.Run, now time.Time) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	k.run, k.at = run, now
}

// served is the open table, if it is the expected one.
func (c *Connection) served(expected Fingerprint) (database.Table, error) {
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
// may be ended by a worker of another definition, if it works on the same table: the
// right one may be gone for good, and only the books are written. The paging state stays
// as it was last saved then: another definition may mean other rows.
func (c *Connection) tableToEnd(end End) (table database.Table, own bool, err error) {
	table, err = c.served(end.Expected)
	var wrong *WrongWorkerError
	if !errors.As(err, &wrong) {
		return table, err == nil, err
	}
	sameTable := wrong.Worker
	sameTable.Definition, sameTable.Build = wrong.Run.Definition, wrong.Run.Build
	if end.Discard || !sameTable.Same(wrong.Run) {
		return nil, false, err
	}
	table, err = c.opened()
	return table, false, err
}

var errNotOpen = errors.New("the worker's database connection is not open")

// keepsPagingState reports whether a run goes on from the paging state, and moves
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
