package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database/driverkit"
)

// session is a pool, a connection or a transaction.
type session interface {
	Query(ctx context.Context, text string, arguments ...any) (pgx.Rows, error)
	Exec(ctx context.Context, text string, arguments ...any) (pgconn.CommandTag, error)
}

// query hands the values of each row to use, as PostgreSQL prints them; nil is
// NULL.
func query(ctx context.Context, in session, text string, arguments []any, use func([]*string) error) error {
	rows, err := in.Query(ctx, text, append(options(arguments), arguments...)...)
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

// options are what pgx takes in front of a query's arguments.
func options(arguments []any) []any {
	taken := make([]any, 0, 2+len(arguments))
	taken = append(taken, pgx.QueryResultFormats{pgx.TextFormatCode})
	for _, argument := range arguments {
		if list, ok := argument.(textList); ok && list.room > 0 {
			taken = append(taken, room(list.room+beside))
		}
	}
	return taken
}

// withoutOptions are the arguments alone.
func withoutOptions(arguments []any) []any {
	return slices.DeleteFunc(slices.Clone(arguments), func(argument any) bool {
		switch argument.(type) {
		case pgx.QueryResultFormats, room:
			return true
		}
		return false
	})
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
