package mysql

import (
	"bytes"
	"context"
	"database/sql"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// session is a pool or a connection.
type session interface {
	QueryContext(ctx context.Context, text string, arguments ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, text string, arguments ...any) (sql.Result, error)
}

// query hands the values of each row to use, as the server prints them; nil is
// NULL. They are good until use returns.
func query(ctx context.Context, in session, text string, arguments []any, use func([][]byte) error) error {
	rows, err := in.QueryContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, targets := make([][]byte, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = (*sql.RawBytes)(&values[i])
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := use(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one is the values of the only row; nil: there is none.
func one(ctx context.Context, in session, text string, arguments ...any) ([][]byte, error) {
	var found [][]byte
	err := query(ctx, in, text, arguments, func(values [][]byte) error {
		found = make([][]byte, len(values))
		for i, value := range values {
			found[i] = bytes.Clone(value)
		}
		return nil
	})
	return found, err
}

func (t *table) queryKeys(ctx context.Context, in session, text string, arguments []any) ([]database.Key, error) {
	var keys []database.Key
	err := query(ctx, in, text, arguments, func(values [][]byte) error {
		if len(values) != len(t.keys) {
			return driverkit.Broken("it returns %d columns; it must return the key and nothing else", len(values))
		}
		key, err := t.keyOf(values)
		keys = append(keys, key)
		return err
	})
	return keys, classify(err)
}
