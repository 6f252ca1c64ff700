package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// session is a pool, a connection or a transaction.
type session interface {
	Query(ctx context.Context, text string, arguments ...any) (pgx.Rows, error)
	Exec(ctx context.Context, text string, arguments ...any) (pgconn.CommandTag, error)
}

// query hands the values of each row to use, as PostgreSQL prints them; nil is
// NULL. A statement that was prepared before the table's columns changed is prepared anew;
// within a transaction that is over, its caller begins again.
func query(ctx context.Context, in session, text string, arguments []any, use func(driverkit.Texts) error) error {
	err := queryBy(ctx, in, text, append(options(arguments), arguments...), use)
	var failed *pgconn.PgError
	if _, within := in.(pgx.Tx); within || !errors.As(err, &failed) || !stalePlan(failed) {
		return err
	}
	anew := append(options(arguments), pgx.QueryExecModeDescribeExec)
	return queryBy(ctx, in, text, append(anew, arguments...), use)
}

func queryBy(ctx context.Context, in session, text string, arguments []any, use func(driverkit.Texts) error) error {
	rows, err := in.Query(ctx, text, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var copier driverkit.TextsCopier
	for rows.Next() {
		if err := use(copier.Copy(rows.RawValues())); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one is the values of the only row; nil: there is none.
func one(ctx context.Context, in session, text string, arguments ...any) (books.Values, error) {
	var found books.Values
	err := query(ctx, in, text, arguments, func(texts driverkit.Texts) error {
		found = texts.Values(nil)
		return nil
	})
	return found, err
}

// bookSession runs statements for the books and for look-ups.
type bookSession struct{ in session }

func (s bookSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	var values books.Values
	return classify(query(ctx, s.in, text, arguments, func(texts driverkit.Texts) error {
		values = texts.Values(values)
		return use(values)
	}))
}

func (s bookSession) Execute(ctx context.Context, text string, arguments []any) (int64, error) {
	tag, err := s.in.Exec(ctx, text, arguments...)
	return tag.RowsAffected(), err
}

// compile lets PostgreSQL prepare a statement, and returns how many columns it answers
// with; it runs nothing.
func (c *connection) compile(ctx context.Context, text string) (int, error) {
	held, err := c.readers.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer held.Release()
	described, err := held.Conn().Prepare(ctx, "", text)
	if err != nil {
		return 0, err
	}
	return len(described.Fields), nil
}

// rollbackTime bounds a rollback, which a caller's end must not cut short.
const rollbackTime = 5 * time.Second

// rollback undoes a transaction; after a commit it does nothing.
func rollback(ctx context.Context, tx pgx.Tx) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	_ = tx.Rollback(ending)
}
