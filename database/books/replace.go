package books

import (
	"context"
	"errors"
	"slices"

	"db-migrate/database"
)

// errUndo undoes a transaction that has done nothing of use.
var errUndo = errors.New("not all rows were written")

// Replacing writes rows in the place of what earlier runs have left for them in the
// ledger: all of them, or none.
func (b *Books) Replacing(ctx context.Context, mark database.Mark, writes []database.Write, write func(context.Context, Session) ([]bool, error)) ([]bool, error) {
	keys := make([]database.Key, len(writes))
	for i := range writes {
		keys[i] = writes[i].Row.Key
	}
	written := make([]bool, len(writes))
	err := b.store.Transaction(ctx, func(ctx context.Context, in Session) error {
		if err := b.Clear(ctx, in, mark.Run, keys, false); err != nil {
			return err
		}
		var err error
		if written, err = write(ctx, in); err == nil && slices.Contains(written, false) {
			return errUndo
		}
		return err
	})
	if errors.Is(err, errUndo) {
		return make([]bool, len(writes)), nil
	}
	return written, err
}

// Clearing writes one row, whose lock the transaction has. With a mark that replaces,
// what earlier runs have left for the row makes way; if the row is not written after
// all, the transaction is undone, with an error that Done knows.
func (b *Books) Clearing(ctx context.Context, in Session, mark database.Mark, key database.Key, write func() (bool, error)) error {
	if !mark.Replaces {
		_, err := write()
		return err
	}
	if err := b.Clear(ctx, in, mark.Run, []database.Key{key}, false); err != nil {
		return err
	}
	written, err := write()
	if err == nil && !written {
		return errUndo
	}
	return err
}

// Done is what a transaction with one row has come to.
func Done(written bool, err error) (bool, error) {
	if errors.Is(err, errUndo) {
		return false, nil
	}
	return written && err == nil, err
}
