package sqlite

import (
	"context"
	"fmt"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
)

// transactionLimit keeps a set within SQLite's limit for parameters.
const transactionLimit = 2000

// TransactionLimit is how many customers one transaction may hold.
func (t *table) TransactionLimit() int { return transactionLimit }

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
	return held, t.explain(err)
}

// Write writes the changes with their ledger rows.
func (t *table) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	if mark.Replaces {
		began := time.Now()
		rows, err := t.replace(ctx, mark, writes)
		return database.Written{Rows: rows, Held: time.Since(began)}, err
	}
	var written []bool
	held, err := t.transaction(ctx, func(ctx context.Context) (err error) {
		written, err = t.write(ctx, mark, writes, true)
		return err
	})
	if err != nil {
		return database.Written{}, err
	}
	return database.Written{Rows: written, Held: held}, nil
}

// write updates the rows, enters those who were updated into the ledger, and
// runs what else belongs to their migration. The ledger comes before that: a
// customer that it knows must not be blamed for what fails the second time.
func (t *table) write(ctx context.Context, mark database.Mark, writes []database.Write, compare bool) ([]bool, error) {
	update, further := t.update, t.further
	if t.plan.Statements != nil {
		update, further = t.updateByStatement, t.furtherByStatement
	}
	written, err := update(ctx, writes, compare)
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
	if err := t.enter(ctx, mark, migrated); err != nil {
		return nil, err
	}
	return written, further(ctx, migrated)
}

// WriteLocked reads, decides and writes in one transaction. SQLite's one writer
// at a time is the row lock.
func (t *table) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	var written bool
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		rows, err := t.readLocked(ctx, key)
		if err != nil || len(rows) == 0 {
			return err
		}
		change, err := decide(rows[0])
		if err != nil || change.PreviouslyMigrated {
			return err
		}
		return t.Clearing(ctx, writeSession{t}, mark, key, func() (bool, error) {
			done, err := t.write(ctx, mark, []database.Write{{Row: rows[0], Change: change}}, false)
			written = err == nil && done[0]
			return written, err
		})
	})
	return books.Done(written, err)
}

// readLocked reads a row on the writing connection.
func (t *table) readLocked(ctx context.Context, key database.Key) ([]database.Row, error) {
	arguments, err := t.keyArguments(nil, key)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s WHERE %s = %s%s", t.selection(), quote(t.name), t.keyTuple(), t.keyMarks(), t.plan.Filter())
	rows, err := t.writer.conn.QueryContext(ctx, text, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := make([]string, len(t.columns))
	for i, column := range t.columns {
		names[i] = column.name
	}
	var found []database.Row
	err = scanRows(rows, len(t.keys)+len(t.columns), func(values []any) error {
		found = append(found, database.Row{Key: key, Columns: names, Values: stored(append([]any(nil), values[len(t.keys):]...))})
		return nil
	})
	return found, err
}
