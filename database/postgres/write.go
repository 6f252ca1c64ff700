package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
)

// transactionLimit is how many customers one transaction may hold: beyond it
// sets grow no faster, and locks are held for longer.
const transactionLimit = 5000

// TransactionLimit is how many customers one transaction may hold.
func (t *table) TransactionLimit() int { return transactionLimit }

// Write writes all changes with their ledger rows, or none of them.
func (t *table) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	started := time.Now()
	rows, err := t.writeOrReplace(ctx, mark, writes)
	if err != nil {
		return database.Written{}, t.explain(err)
	}
	return database.Written{Rows: rows, Held: time.Since(started)}, nil
}

func (t *table) writeOrReplace(ctx context.Context, mark database.Mark, writes []database.Write) ([]bool, error) {
	if !mark.Replaces {
		return t.write(ctx, mark, writes)
	}
	return t.Replacing(ctx, mark, writes, func(ctx context.Context, in books.Session) ([]bool, error) {
		written := make([]bool, len(writes))
		return written, t.writeIn(ctx, in.(bookSession).in, mark, writes, true, written)
	})
}

// writeIn writes the changes in a transaction.
func (t *table) writeIn(ctx context.Context, in session, mark database.Mark, writes []database.Write, compare bool, written []bool) error {
	if t.plan.Statements != nil {
		return t.writeByStatements(ctx, in, mark, writes, written)
	}
	groups, err := t.groups(writes)
	if err != nil {
		return err
	}
	return t.writeGroups(ctx, in, mark, groups, compare, written)
}

func (t *table) write(ctx context.Context, mark database.Mark, writes []database.Write) ([]bool, error) {
	written := make([]bool, len(writes))
	if t.plan.Statements != nil {
		err := t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
			return t.writeByStatements(ctx, tx, mark, writes, written)
		})
		return written, err
	}
	groups, err := t.groups(writes)
	if err != nil {
		return nil, err
	}
	if len(groups) == 1 && !further(writes) {
		return written, t.writeGroup(ctx, t.toWrite(), mark, groups[0], true, written) // a transaction of its own
	}
	err = t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return t.writeGroups(ctx, tx, mark, groups, true, written)
	})
	return written, err
}

// further tells whether one of the changes has statements of its own.
func further(writes []database.Write) bool {
	for _, write := range writes {
		if len(write.Change.Statements) > 0 {
			return true
		}
	}
	return false
}

func (t *table) writeGroups(ctx context.Context, in session, mark database.Mark, groups []*group, compare bool, written []bool) error {
	for _, g := range groups {
		if err := t.writeGroup(ctx, in, mark, g, compare, written); err != nil {
			return err
		}
		for i, write := range g.writes {
			if !written[g.places[i]] {
				continue
			}
			for _, statement := range write.Change.Statements {
				if _, err := in.Exec(ctx, statement.Text, statement.Arguments...); err != nil {
					return fmt.Errorf("customer %s: %w", write.Row.Key, err)
				}
			}
		}
	}
	return nil
}

func (t *table) writeGroup(ctx context.Context, in session, mark database.Mark, g *group, compare bool, written []bool) error {
	keys, err := t.update(ctx, in, mark, g, compare)
	if len(keys) == len(g.writes) { // as a rule
		for _, place := range g.places {
			written[place] = true
		}
		return err
	}
	if err != nil {
		return err
	}
	places, err := database.PlacesOf(keysOf(g.writes), keys, t.same(ctx, in))
	for i, place := range places {
		if place < 0 {
			return broken("the write of table %s has updated customer %s, whom it was not asked for", t.name, keys[i])
		}
		written[g.places[place]] = true
	}
	return err
}

func keysOf(writes []database.Write) []database.Key {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	return keys
}

// WriteLocked reads a customer under a lock, decides, and writes.
func (t *table) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	written := make([]bool, 1)
	err := t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := t.readLocked(ctx, tx, key)
		if err != nil || len(rows) == 0 {
			return err
		}
		change, err := decide(rows[0])
		if err != nil || change.PreviouslyMigrated {
			return err
		}
		return t.Clearing(ctx, bookSession{tx}, mark, key, func() (bool, error) {
			err := t.writeIn(ctx, tx, mark, []database.Write{{Row: rows[0], Change: change}}, false, written)
			return written[0], err
		})
	})
	return books.Done(written[0], err)
}

func (t *table) readLocked(ctx context.Context, tx session, key database.Key) ([]database.Row, error) {
	return t.readOne(ctx, tx, key, " FOR UPDATE")
}

// readOne reads a row by its key; how ends the statement.
func (t *table) readOne(ctx context.Context, tx session, key database.Key, how string) ([]database.Row, error) {
	var p parameters
	value, err := t.key(&p, key)
	if err != nil {
		return nil, err
	}
	rows, err := t.readRows(ctx, tx, fmt.Sprintf(" WHERE %s = %s%s%s", tuple(names(t.keys, "")), value, t.plan.Filter(), how), 1, p.values)
	for i := range rows {
		rows[i].Key = key
	}
	return rows, err
}
