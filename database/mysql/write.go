package mysql

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// transactionLimit is how many customers one transaction may hold: beyond it
// sets grow no faster, and locks are held for longer.
const transactionLimit = 1000

// TransactionLimit is how many customers one transaction may hold.
func (t *table) TransactionLimit() int { return transactionLimit }

// setWriter is the table with its way to write sets, which is chosen once.
type setWriter struct {
	*table
	ledger        string
	ledgerColumns books.LedgerColumns
	// way writes a set in a transaction of its own, and fitting those changes of a set that
	// still fit to its rows, which are locked.
	way     func(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error)
	fitting func(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, locked []database.Row) ([]bool, error)
	// missed is how many sets were unchanged although the server said otherwise.
	missed atomic.Int32
}

// newWriter opens the books, and chooses how sets are written. A condition of the user's
// is looked at under a lock.
func newWriter(t *table) *setWriter {
	w := &setWriter{table: t}
	w.openBooks()
	w.way, w.fitting = w.writeAtOnce, w.writeUnchanged
	switch {
	case t.Plan.Statements != nil:
		w.way, w.fitting = w.writeCompared, w.writeByStatements
	case t.Plan.Where != "":
		w.way = w.writeCompared
	}
	return w
}

// Write writes all changes with their ledger rows, or none of them.
func (w *setWriter) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	if mark.Replaces {
		return w.Replace(ctx, mark, writes)
	}
	return w.way(ctx, mark, writes)
}

// errChanged undoes a set of which not all rows are as they were read.
var errChanged = errors.New("a row of the set has changed")

// atOnceLimit is how often a set may turn out to be unchanged after the server has
// said otherwise: it compares a column's type in another way than we do, then, and
// is not asked again.
const atOnceLimit = 3

// writeAtOnce updates the rows of a set by one statement, which compares them with what
// was read. As a rule no row has changed since, and all assign the same columns; else the
// set is undone, and its rows are locked and compared one by one, which also tells whose
// change is to blame for an error.
func (w *setWriter) writeAtOnce(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	groups, err := driverkit.GroupWrites(writes, w.Plan.Columns(), w.columns)
	if err != nil || len(groups) != 1 || len(writes) < 2 || w.missed.Load() >= atOnceLimit {
		return w.writeCompared(ctx, mark, writes)
	}
	var began time.Time
	err = w.transaction(ctx, func(ctx context.Context, in session) error {
		began = time.Now()
		if err := w.updateUnchanged(ctx, in, groups[0]); err != nil {
			return err
		}
		return w.book(ctx, bookSession{in}, mark, writes)
	})
	if !errors.Is(err, errChanged) {
		return database.Written{Rows: slices.Repeat([]bool{true}, len(writes)), Held: time.Since(began)}, err
	}
	written, err := w.writeCompared(ctx, mark, writes)
	if err == nil && !slices.Contains(written.Rows, false) {
		w.missed.Add(1)
	}
	return written, err
}

// writeCompared locks the rows first.
func (w *setWriter) writeCompared(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	var began time.Time
	var written []bool
	err := w.transaction(ctx, func(ctx context.Context, in session) error {
		locked, err := w.readLocked(ctx, bookSession{in}, driverkit.KeysOf(writes))
		if began = time.Now(); err == nil {
			written, err = w.fitting(ctx, bookSession{in}, mark, writes, locked)
		}
		return err
	})
	if err != nil {
		return database.Written{}, err
	}
	return database.Written{Rows: written, Held: time.Since(began)}, nil
}

// writeUnchanged writes those changes whose rows, now locked, are as they were read.
func (w *setWriter) writeUnchanged(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, locked []database.Row) ([]bool, error) {
	return w.updateFitting(ctx, in, writes, locked, func(keys []database.Key) error { return w.enterKept(ctx, in, mark, keys) })
}

// updateFitting updates the rows that are as they were read, enters them, and runs what
// else belongs to their changes. A change that sets nothing is refused whether its row is
// as it was or not.
func (w *setWriter) updateFitting(ctx context.Context, in books.Session, writes []database.Write, locked []database.Row, enter func([]database.Key) error) ([]bool, error) {
	now := make(map[string]driverkit.Texts, len(locked))
	for _, row := range locked {
		now[row.Key.Text()] = row.Seen.(driverkit.Texts)
	}
	written, work := make([]bool, len(writes)), make([]database.Write, 0, len(writes))
	for i, write := range writes {
		before, err := driverkit.Seen(write.Row, len(w.columns))
		if err != nil {
			return nil, err
		}
		current, found := now[write.Row.Key.Text()]
		if written[i] = found && current.Equal(before); written[i] {
			work = append(work, write)
		}
	}
	if _, err := driverkit.GroupWrites(writes, w.Plan.Columns(), w.columns); err != nil {
		return nil, err
	}
	groups, err := driverkit.GroupWrites(work, w.Plan.Columns(), w.columns)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := w.updateGroup(ctx, in.(bookSession).in, g); err != nil {
			return nil, err
		}
	}
	if err := enter(driverkit.KeysOf(work)); err != nil {
		return nil, err
	}
	return written, w.runFurther(ctx, in, work)
}

// book enters rows that were updated into the ledger, and runs what else belongs to
// their changes.
func (w *setWriter) book(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write) error {
	if err := w.enterKept(ctx, in, mark, driverkit.KeysOf(writes)); err != nil {
		return err
	}
	return w.runFurther(ctx, in, writes)
}

// enterKept enters rows that were updated, if they have kept their keys.
func (w *setWriter) enterKept(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key) error {
	if err := w.sql.Moved(ctx, in, keys); err != nil {
		return err
	}
	return w.enter(ctx, in, mark, keys, books.OutcomeMigrated)
}

func (w *setWriter) runFurther(ctx context.Context, in books.Session, writes []database.Write) error {
	return driverkit.RunFurther(writes, func(statement database.Statement) error {
		_, err := in.Execute(ctx, statement.Text, statement.Arguments)
		return err
	})
}

// enter writes ledger rows for these keys.
func (w *setWriter) enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	if len(keys) == 0 {
		return nil
	}
	if err := w.Fence(ctx, in, mark.Run); err != nil {
		return err
	}
	rows, rest := newList("(", len(keys), len(w.keys)+8), fmt.Sprintf("%d,%d,%d", mark.Run.Number, mark.Sequence, outcome)
	for _, key := range keys {
		rows.begin()
		if err := w.addKey(rows, key); err != nil {
			return err
		}
		rows.literal(rest)
		rows.end()
	}
	ours := w.ledgerColumns
	_, err := in.Execute(ctx, fmt.Sprintf("INSERT INTO %s (%s, %s, %s, %s) VALUES %s", w.own(w.ledger), w.List(), ours.Run, ours.Range, ours.Outcome, rows.text.String()), rows.arguments)
	if isOneOf(err, duplicateKey) {
		return database.ErrLedgerConflict
	}
	return err
}

// writeByStatements runs the plan's statements for customers whose rows are locked. They
// are checked again under the locks, so that a set need not be undone for one that the
// site has changed since.
func (w *setWriter) writeByStatements(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, locked []database.Row) ([]bool, error) {
	return w.runStatements(ctx, in, writes, locked, driverkit.Ledgers{
		Enter: func(keys []database.Key) error { return w.enter(ctx, in, mark, keys, books.OutcomeMigrated) },
		Leave: func(keys []database.Key) error { return w.Leave(ctx, in, keys) },
		Known: func(keys []database.Key) (bool, error) { return w.Known(ctx, in, keys) }})
}

func (w *setWriter) runStatements(ctx context.Context, in books.Session, writes []database.Write, locked []database.Row, ledgers driverkit.Ledgers) ([]bool, error) {
	return w.sql.Run(ctx, in, writes, func([]database.Key) ([]database.Key, error) {
		keys := make([]database.Key, len(locked))
		for i, row := range locked {
			keys[i] = row.Key
		}
		needed, err := w.sql.Needed(ctx, in, keys)
		if err != nil {
			return nil, err
		}
		place := 0
		wanted := slices.DeleteFunc(keys, func(database.Key) bool { place++; return !needed[place-1] })
		return w.runFirst(ctx, in, wanted)
	}, ledgers)
}

// runFirst runs the first statement, and returns whom it has updated. The number of rows
// that it finds tells: all of a set, or else it is undone, and tried customer by customer.
func (w *setWriter) runFirst(ctx context.Context, in books.Session, keys []database.Key) ([]database.Key, error) {
	first := w.sql.Migrate[0]
	if len(keys) == 0 {
		return nil, nil
	}
	if len(keys) == 1 || !first.Set {
		return w.runSingly(ctx, in, first, keys)
	}
	if _, err := in.Execute(ctx, "SAVEPOINT db_migrate_set", nil); err != nil {
		return nil, err
	}
	switch rows, err := w.updated(ctx, in, first, keys); {
	case err != nil || rows == 0:
		return nil, err
	case rows == int64(len(keys)):
		return keys, nil
	}
	if _, err := in.Execute(ctx, "ROLLBACK TO SAVEPOINT db_migrate_set", nil); err != nil {
		return nil, err
	}
	return w.runSingly(ctx, in, first, keys)
}

func (w *setWriter) runSingly(ctx context.Context, in books.Session, first *driverkit.Statement, keys []database.Key) ([]database.Key, error) {
	var migrated []database.Key
	for i := range keys {
		rows, err := w.updated(ctx, in, first, keys[i:i+1])
		if err != nil {
			return nil, err
		}
		if rows == 1 {
			migrated = append(migrated, keys[i])
		}
	}
	return migrated, nil
}

// updated is how many rows a statement has updated of those that it may.
func (w *setWriter) updated(ctx context.Context, in books.Session, s *driverkit.Statement, keys []database.Key) (int64, error) {
	rows, err := w.sql.Execute(ctx, in, s, keys)
	if err == nil && rows > int64(len(keys)) {
		return 0, driverkit.Broken("%s: it updated %d rows instead of %d; its WHERE must keep to the rows that its parameters name", s.Place, rows, len(keys))
	}
	return rows, err
}
