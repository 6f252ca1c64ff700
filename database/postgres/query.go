package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
)

// session is a pool, a connection or a transaction.
type session interface {
	Query(ctx context.Context, text string, arguments ...any) (pgx.Rows, error)
	Exec(ctx context.Context, text string, arguments ...any) (pgconn.CommandTag, error)
}

// query hands the values of each row to use, as PostgreSQL prints them; nil is
// NULL.
func query(ctx context.Context, in session, text string, arguments []any, use func([]*string) error) error {
	rows, err := in.Query(ctx, text, append([]any{pgx.QueryResultFormats{pgx.TextFormatCode}}, arguments...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := use(database.TextsOf(rows.RawValues())); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one is the values of the only row; nil: there is none.
func one(ctx context.Context, in session, text string, arguments ...any) ([]*string, error) {
	var found []*string
	err := query(ctx, in, text, arguments, func(values []*string) error {
		found = values
		return nil
	})
	return found, err
}
