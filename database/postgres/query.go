package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
		if err := use(texts(rows.RawValues())); err != nil {
			return err
		}
	}
	return rows.Err()
}

// texts are a row's values, parts of one text.
func texts(raw [][]byte) []*string {
	size := 0
	for _, value := range raw {
		size += len(value)
	}
	var joined strings.Builder
	joined.Grow(size)
	for _, value := range raw {
		joined.Write(value)
	}
	all, at := joined.String(), 0
	parts, values := make([]string, len(raw)), make([]*string, len(raw))
	for i, value := range raw {
		if value != nil {
			parts[i] = all[at : at+len(value)]
			at += len(value)
			values[i] = &parts[i]
		}
	}
	return values
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
