package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// writer is the one connection that writes. SQLite lets one write at a time;
// that the others of this worker wait here, and not in SQLite, is fair to them.
type writer struct {
	path string
	// undone: whatever it writes is undone, and the file's mode of writing is left as it is.
	undone bool

	mutex sync.Mutex
	pool  *sql.DB
	conn  *sql.Conn
	// statements are the prepared ones, by text.
	statements map[string]driver.StmtExecContext
	// busySince and released tell when the site needs a gap.
	busySince, released time.Time
	site                site
	// log is the write-ahead log that the connection writes into; nil: there is none.
	log atomic.Pointer[os.FileInfo]
}

// transaction runs work between BEGIN IMMEDIATE and COMMIT, and rolls back after
// any error: a COMMIT after an error would keep half of the work. It is not cut
// short when ctx is cancelled, but bounded by the timeout. It returns for how long
// the transaction held SQLite's write lock.
func (w *writer) transaction(ctx context.Context, timeout time.Duration, work func(context.Context) error) (held time.Duration, err error) {
	w.lock()
	defer w.unlock()
	if timeout > 0 {
		timeout += busyTimeout
	}
	ctx, cancel := limited(context.WithoutCancel(ctx), timeout)
	defer cancel()
	if err := w.open(ctx); err != nil {
		return 0, classify(err)
	}
	if err := w.site.look(ctx, w.conn); err != nil {
		return 0, classify(err)
	}
	if err := w.execute(ctx, "BEGIN IMMEDIATE"); err != nil {
		return 0, classify(err)
	}
	began := time.Now()
	committed := false
	defer func() { // after a panic of the migration's, too
		if !committed {
			err = errors.Join(err, w.rollback())
		}
	}()
	if err := work(ctx); err != nil {
		return 0, overdue(ctx, err)
	}
	if err := w.execute(ctx, "COMMIT"); err != nil {
		return 0, overdue(ctx, err)
	}
	committed = true
	return time.Since(began), nil
}

// overdue is the error of a transaction that may have taken too long.
func overdue(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return database.StatementTimeout(err)
	}
	return classify(err)
}

// rollback undoes the transaction. A connection that cannot even do that is
// given up: SQLite undoes what it left.
func (w *writer) rollback() error {
	ctx, cancel := context.WithTimeout(context.Background(), busyTimeout)
	defer cancel()
	if _, err := w.conn.ExecContext(ctx, "ROLLBACK"); err != nil && !noTransaction(err) {
		return w.discard()
	}
	return nil
}

func (w *writer) lock() {
	w.mutex.Lock()
	now := time.Now()
	rhythm := w.site.rhythm(now)
	switch {
	case now.Sub(w.released) >= rhythm.gap:
		w.busySince = now
	case now.Sub(w.busySince) >= rhythm.busy:
		time.Sleep(rhythm.gap)
		w.busySince = time.Now()
	}
}

func (w *writer) unlock() {
	w.released = time.Now()
	w.mutex.Unlock()
}

// pragmas of the writing connection. WAL lets readers, the site's among them,
// read on while it writes. Checkpoints after four times the usual number of pages
// copy a page that many transactions change less often (14 % faster).
// synchronous=FULL: Temporal believes what we report, so a commit must outlive a
// power failure, too; NORMAL would be 11 to 13 % faster at 1,000 customers in a
// transaction.
func (w *writer) pragmas() []string {
	if w.undone {
		return nil
	}
	return []string{"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=4000"}
}

// open opens the writing connection.
func (w *writer) open(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	pool, err := sql.Open("sqlite", address(w.path, "rw"))
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return errors.Join(err, pool.Close())
	}
	for _, pragma := range w.pragmas() {
		if _, err := conn.ExecContext(ctx, pragma); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", pragma, err), conn.Close(), pool.Close())
		}
	}
	w.pool, w.conn, w.statements = pool, conn, map[string]driver.StmtExecContext{}
	return w.findLog(ctx)
}

// findLog notes which file is the write-ahead log: SQLite opens it with the first read.
func (w *writer) findLog(ctx context.Context) error {
	if err := w.conn.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)").Scan(new(int)); err != nil {
		return err
	}
	w.log.Store(nil)
	if found, err := os.Stat(w.path + logSuffix); err == nil && !w.undone {
		w.log.Store(&found)
	}
	return nil
}

// keepsLog refuses once the log was deleted, or replaced, under the worker: what is
// committed goes into a file that nobody else can open, and SQLite does not tell.
func (w *writer) keepsLog() error {
	log := w.log.Load()
	if log == nil {
		return nil
	}
	now, err := os.Stat(w.path + logSuffix)
	if err == nil && os.SameFile(*log, now) {
		return nil
	}
	return driverkit.Broken("the write-ahead log %s%s was deleted or replaced while the worker was writing: what was committed since the last checkpoint is in a file that only this worker still has open; "+
		"nothing more is written. Before you end the worker, save that file (Linux lists it in /proc/%d/fd as deleted: cp it to %s%s.saved), then restart the worker and start the migration again", w.path, logSuffix, os.Getpid(), w.path, logSuffix)
}

func (w *writer) close() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.discard()
}

func (w *writer) discard() error {
	if w.conn == nil {
		return nil
	}
	err := errors.Join(w.conn.Raw(func(any) error { return forget(w.statements) }), w.conn.Close(), w.pool.Close())
	w.conn, w.pool, w.statements = nil, nil, nil
	w.log.Store(nil)
	return err
}

func (w *writer) execute(ctx context.Context, text string, arguments ...any) error {
	_, err := w.conn.ExecContext(ctx, text, arguments...)
	return err
}
