package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// rollbackTime bounds a rollback, which a caller's end must not cut short.
const rollbackTime = 5 * time.Second

// transaction runs do in a transaction; an error or a panic undoes it.
func (t *table) transaction(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	tx, err := t.toWrite().Begin(ctx)
	if err != nil {
		return classify(err)
	}
	defer rollback(ctx, tx)
	if err := do(ctx, tx); err != nil {
		return t.explain(err)
	}
	return t.explain(tx.Commit(ctx))
}

// rollback undoes a transaction; after a commit it does nothing.
func rollback(ctx context.Context, tx pgx.Tx) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	_ = tx.Rollback(ending)
}
