package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
)

// readSession runs the books' look-ups, writeSession what they write.
type (
	readSession  struct{ *table }
	writeSession struct{ *table }
)

func (s readSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	ctx, cancel := limited(ctx, s.options.StatementTimeout)
	defer cancel()
	return s.explain(s.each(ctx, text, arguments, use))
}

// each hands the values of each row to use, without a bound of time.
func (c *connection) each(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	rows, err := c.readers.QueryContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	return errors.Join(eachRow(rows, use), rows.Close())
}

// explain classifies an error and says which table it is about.
func (t *table) explain(err error) error {
	if database.Classified(err) {
		return err
	}
	return classify(fmt.Errorf("table %s: %w", t.name, err))
}

func (s readSession) Execute(context.Context, string, []any) (int64, error) {
	return 0, errors.New("a session for look-ups was asked to write")
}

func (s writeSession) Query(ctx context.Context, text string, arguments []any, use func(books.Values) error) error {
	rows, err := s.writer.conn.QueryContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	return errors.Join(eachRow(rows, use), rows.Close())
}

func (s writeSession) Execute(ctx context.Context, text string, arguments []any) (int64, error) {
	result, err := s.writer.conn.ExecContext(ctx, text, arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// limited bounds a statement's time; 0: it is not bounded.
func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

// eachRow hands the values of each row to use, however many columns there are.
func eachRow(rows *sql.Rows, use func(books.Values) error) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	return scanRows(rows, len(columns), func(values []any) error { return use(values) })
}

func scanRows(rows *sql.Rows, columns int, use func([]any) error) error {
	values, pointers := make([]any, columns), make([]any, columns)
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		if err := use(values); err != nil {
			return err
		}
	}
	return rows.Err()
}
