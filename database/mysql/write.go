package mysql

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// Write writes all changes with their ledger rows, or none of them. As a rule no
// row has changed since it was read, and one statement finds that out; else the
// rows are locked and compared one by one.
func (t *table) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	if mark.Replaces {
		began := time.Now()
		rows, err := t.replace(ctx, mark, writes)
		return database.Written{Rows: rows, Held: time.Since(began)}, err
	}
	whole := t.oneGroup(writes)
	if whole == nil {
		return t.writeCompared(ctx, mark, writes)
	}
	held, err := t.writeAtOnce(ctx, mark, whole)
	if !errors.Is(err, errChanged) {
		return database.Written{Rows: all(len(writes)), Held: held}, err
	}
	written, err := t.writeCompared(ctx, mark, writes)
	if err == nil && !slices.Contains(written.Rows, false) {
		t.missed.Add(1)
	}
	return written, err
}

// writeCompared locks the rows first.
func (t *table) writeCompared(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	var began time.Time
	written := make([]bool, len(writes))
	err := t.transaction(ctx, func(ctx context.Context, in session) error {
		rows, err := t.readLocked(ctx, in, keysOf(writes))
		began = time.Now()
		if err != nil {
			return err
		}
		return t.writeRows(ctx, in, mark, writes, rows, written)
	})
	if err != nil {
		return database.Written{}, err
	}
	return database.Written{Rows: written, Held: time.Since(began)}, nil
}

// writeRows writes those changes that still fit to the rows, which are locked.
func (t *table) writeRows(ctx context.Context, in session, mark database.Mark, writes []database.Write, rows []database.Row, written []bool) error {
	if t.plan.Statements != nil {
		return t.writeByStatements(ctx, in, mark, writes, rows, written)
	}
	return t.writeUnchanged(ctx, in, mark, writes, rows, written)
}

// replace writes a set in the place of what earlier runs have left for it.
func (t *table) replace(ctx context.Context, mark database.Mark, writes []database.Write) ([]bool, error) {
	return t.Replacing(ctx, mark, writes, func(ctx context.Context, in books.Session) ([]bool, error) {
		written, session := make([]bool, len(writes)), in.(bookSession).in
		rows, err := t.readLocked(ctx, session, keysOf(writes))
		if err != nil {
			return nil, err
		}
		return written, t.writeRows(ctx, session, mark, writes, rows, written)
	})
}

func keysOf(writes []database.Write) []database.Key {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	return keys
}

// writeUnchanged writes those changes whose rows, now locked, are as they were
// read.
func (t *table) writeUnchanged(ctx context.Context, in session, mark database.Mark, writes []database.Write, rows []database.Row, written []bool) error {
	now := make(map[string]driverkit.Texts, len(rows))
	for _, row := range rows {
		now[row.Key.Text()] = row.Seen.(driverkit.Texts)
	}
	for i, write := range writes {
		before, ok := write.Row.Seen.(driverkit.Texts)
		if !ok {
			return driverkit.Broken("customer %s: the row was not read by this driver", write.Row.Key)
		}
		current, found := now[write.Row.Key.Text()]
		written[i] = found && current.Equal(before)
	}
	return t.update(ctx, in, mark, writes, written)
}

// WriteLocked reads a customer under a lock, decides, and writes.
func (t *table) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	written := make([]bool, 1)
	err := t.transaction(ctx, func(ctx context.Context, in session) error {
		rows, err := t.readLocked(ctx, in, []database.Key{key})
		if err != nil || len(rows) == 0 {
			return err
		}
		change, err := decide(rows[0])
		if err != nil || change.PreviouslyMigrated {
			return err
		}
		return t.Clearing(ctx, bookSession{in}, mark, key, func() (bool, error) {
			err := t.writeRows(ctx, in, mark, []database.Write{{Row: rows[0], Change: change}}, rows, written)
			return written[0], err
		})
	})
	return books.Done(written[0], err)
}

// further runs the further statements of the changes that were written.
func further(ctx context.Context, in session, writes []database.Write) error {
	for _, write := range writes {
		for _, statement := range write.Change.Statements {
			if _, err := in.ExecContext(ctx, statement.Text, statement.Arguments...); err != nil {
				return fmt.Errorf("customer %s: %w", write.Row.Key, err)
			}
		}
	}
	return nil
}
