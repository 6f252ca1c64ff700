package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// transactionLimit keeps a set within SQLite's limit for parameters.
const transactionLimit = 2000

// TransactionLimit is how many customers one transaction may hold.
func (t *table) TransactionLimit() int { return transactionLimit }

// setWriter is the table with its way to write sets, which is chosen once.
type setWriter struct {
	*table
	ledger        string
	ledgerColumns books.LedgerColumns
	// way writes a set in the transaction, and compares rows with what was read, or not.
	way func(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, compare bool) ([]bool, error)
}

// newWriter opens the books, and chooses how sets are written.
func newWriter(t *table) *setWriter {
	w := &setWriter{table: t}
	w.openBooks()
	w.way = w.writeChanges
	if t.Plan.Statements != nil {
		w.way = w.writeByStatements
	}
	return w
}

// transaction runs work in a transaction. It looks where the file is before, so that
// nothing is begun, and at its end, since the worker may have been frozen in between.
func (t *table) transaction(ctx context.Context, work func(context.Context) error) (held time.Duration, err error) {
	if err := t.unmoved(); err != nil {
		return 0, err
	}
	held, err = t.writer.transaction(ctx, t.options.StatementTimeout, func(ctx context.Context) error {
		if err := work(ctx); err != nil {
			return err
		}
		return t.unmoved()
	})
	if err == nil {
		err = t.writer.keepsLog() // what is reported is in the file
	}
	return held, t.explain(err)
}

// Write writes the changes with their ledger rows.
func (w *setWriter) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	if mark.Replaces {
		return w.Replace(ctx, mark, writes)
	}
	var written []bool
	held, err := w.transaction(ctx, func(ctx context.Context) (err error) {
		written, err = w.way(ctx, writeSession{w.table}, mark, writes, true)
		return err
	})
	if err != nil {
		return database.Written{}, err
	}
	return database.Written{Rows: written, Held: held}, nil
}

// writeChanges updates the rows, enters those that were updated into the ledger, and
// runs what else belongs to their changes. The ledger comes before that: a customer that
// it knows must not be blamed for what fails the second time.
func (w *setWriter) writeChanges(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, compare bool) ([]bool, error) {
	return w.updateAnd(ctx, writes, compare, func(keys []database.Key) error {
		if err := w.sql.Moved(ctx, in, keys); err != nil {
			return err
		}
		return w.enter(ctx, in, mark, keys, books.OutcomeMigrated)
	})
}

// updateAnd updates the rows, enters those that were updated, and runs what else belongs
// to their changes.
func (w *setWriter) updateAnd(ctx context.Context, writes []database.Write, compare bool, enter func([]database.Key) error) ([]bool, error) {
	written, err := w.update(ctx, writes, compare)
	if err != nil {
		return nil, err
	}
	migrated := make([]database.Write, 0, len(writes))
	for i, write := range writes {
		if written[i] {
			migrated = append(migrated, write)
		}
	}
	if len(migrated) == 0 {
		return written, nil
	}
	if err := enter(driverkit.KeysOf(migrated)); err != nil {
		return nil, err
	}
	return written, w.writer.bare(ctx, func(b *bare) error {
		return driverkit.RunFurther(migrated, func(statement database.Statement) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return b.run(statement)
		})
	})
}

// writeByStatements runs the plan's statements. It compares nothing: they say themselves
// whom they are for.
func (w *setWriter) writeByStatements(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, _ bool) ([]bool, error) {
	return w.runStatements(ctx, in, writes, driverkit.Ledgers{
		Enter: func(keys []database.Key) error { return w.enter(ctx, in, mark, keys, books.OutcomeMigrated) },
		Leave: func(keys []database.Key) error { return w.Leave(ctx, in, keys) },
		Known: func(keys []database.Key) (bool, error) { return w.Known(ctx, in, keys) }})
}

func (w *setWriter) runStatements(ctx context.Context, in books.Session, writes []database.Write, ledgers driverkit.Ledgers) ([]bool, error) {
	returning := func(text string) string { return text + "\nRETURNING " + w.SelectedList() } // the line before may end in a comment
	if w.sql.Migrate[0].Returning {
		returning = nil
	}
	return w.sql.Run(ctx, in, writes, func(keys []database.Key) ([]database.Key, error) {
		return w.sql.Answers(ctx, in, w.sql.Migrate[0], returning, keys)
	}, ledgers)
}

// ledgerRows is how many ledger rows one statement inserts.
const ledgerRows = 100

// enter writes ledger rows, if the run is alive.
func (w *setWriter) enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	if err := w.Fence(ctx, in, mark.Run); err != nil {
		return err
	}
	err := w.writer.bare(ctx, func(b *bare) error {
		for some := range slices.Chunk(keys, ledgerRows) {
			if err := w.insertSome(b, mark, some, int64(outcome)); err != nil {
				return err
			}
		}
		return nil
	})
	if isUnique(err) {
		return database.ErrLedgerConflict
	}
	return err
}

// insertSome enters a few customers. What they have in common is bound once.
func (w *setWriter) insertSome(b *bare, mark database.Mark, keys []database.Key, outcome int64) error {
	values, ours := "(?1, ?2, ?3"+strings.Repeat(", ?", len(w.keys))+")", w.ledgerColumns
	statement, err := b.prepare(fmt.Sprintf("INSERT INTO %s (%s, %s, %s, %s) VALUES %s",
		quote(w.ledger), ours.Run, ours.Range, ours.Outcome, w.List(), strings.Join(slices.Repeat([]string{values}, len(keys)), ", ")))
	if err != nil {
		return err
	}
	for _, value := range []int64{mark.Run.Number, mark.Sequence, outcome} {
		if err := b.add(value); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := w.addKey(b, key); err != nil {
			return err
		}
	}
	_, err = b.execute(statement)
	return err
}
