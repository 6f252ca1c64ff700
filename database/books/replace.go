package books

import (
	"context"
	"errors"
	"slices"
	"time"

	"db-migrate/database"
)

// errUndo undoes a transaction that has done nothing of use.
var errUndo = errors.New("not all rows were written")

// Replace writes rows instead of what earlier runs have left for them in the ledger: all
// of them, or none.
func (b *Books) Replace(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	keys := make([]database.Key, len(writes))
	for i := range writes {
		keys[i] = writes[i].Row.Key
	}
	began, written := time.Now(), make([]bool, len(writes))
	err := b.store.Transaction(ctx, func(ctx context.Context, in Session) error {
		if err := b.Clear(ctx, in, mark.Run, keys, false); err != nil {
			return err
		}
		var err error
		if written, err = b.store.WriteIn(ctx, in, mark, writes, false); err == nil && slices.Contains(written, false) {
			return errUndo
		}
		return err
	})
	if errors.Is(err, errUndo) {
		written, err = make([]bool, len(writes)), nil
	}
	return database.Written{Rows: written, Held: time.Since(began)}, err
}

// WriteLocked reads a row under a lock, decides, and writes. With a mark that replaces,
// what earlier runs have left for the row makes way; if the row is not written after
// all, the transaction is undone.
func (b *Books) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	written := false
	err := b.store.Transaction(ctx, func(ctx context.Context, in Session) error {
		rows, err := b.store.Locked(ctx, in, key)
		if err != nil || len(rows) == 0 {
			return err
		}
		change, err := decide(rows[0])
		if err != nil || change.PreviouslyMigrated {
			return err
		}
		if mark.Replaces {
			if err := b.Clear(ctx, in, mark.Run, []database.Key{key}, false); err != nil {
				return err
			}
		}
		done, err := b.store.WriteIn(ctx, in, mark, []database.Write{{Row: rows[0], Change: change}}, true)
		if written = err == nil && done[0]; err == nil && !written && mark.Replaces {
			return errUndo
		}
		return err
	})
	if errors.Is(err, errUndo) {
		return false, nil
	}
	return written && err == nil, err
}
