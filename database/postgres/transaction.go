package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
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

// explain tells the ledger's own unique violation from all other errors. After a
// failover the next connections may find the server that writes.
func (t *table) explain(err error) error {
	if isReadOnly(err) {
		t.toWrite().Reset()
	}
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == "23505" && failed.TableName == t.ledger && failed.SchemaName == t.ours {
		return database.ErrLedgerConflict
	}
	if failed != nil && failed.Code == "23502" && failed.TableName == t.ledger && failed.SchemaName == t.ours {
		return &database.RunOverError{} // the proof that the run is alive is NULL
	}
	if failed != nil && failed.Code == readOnlyTransaction {
		t.toWrite().Reset() // sessions stay read-only that were opened while the server was
	}
	return classify(err)
}
