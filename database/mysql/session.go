package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"time"

	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// session is a pool or a connection.
type session interface {
	QueryContext(ctx context.Context, text string, arguments ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, text string, arguments ...any) (sql.Result, error)
}

// query hands the values of each row to use, as the server prints them.
func query(ctx context.Context, in session, text string, arguments []any, use func(driverkit.Texts) error) error {
	rows, err := in.QueryContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	var copier driverkit.TextsCopier
	values, targets := make([][]byte, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = (*sql.RawBytes)(&values[i])
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := use(copier.Copy(values)); err != nil {
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
	err := query(ctx, s.in, text, arguments, func(texts driverkit.Texts) error {
		values = texts.Values(values)
		return use(values)
	})
	return ofSession(ctx, s.in, err)
}

func (s bookSession) Execute(ctx context.Context, text string, arguments []any) (int64, error) {
	result, err := s.in.ExecContext(ctx, text, arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// compile lets the server prepare a statement, and runs nothing.
func compile(ctx context.Context, in *sql.DB, text string) error {
	prepared, err := in.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	return prepared.Close()
}

// endTime bounds a commit and a rollback, which a caller's end must not cut
// short: else a commit could come after the call has returned.
const endTime = 10 * time.Second

// transaction runs do in a transaction; an error or a panic undoes it all.
func (c *connection) transaction(ctx context.Context, do func(context.Context, session) error) error {
	held, err := c.writers.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	defer held.Close()
	if _, err := held.ExecContext(ctx, "START TRANSACTION"); err != nil {
		return classify(err)
	}
	committed := false
	defer func() {
		if !committed {
			rollback(ctx, held)
		}
	}()
	if err := do(ctx, held); err != nil {
		if c.renew(err) {
			defer discard(held)
		}
		return ofSession(ctx, held, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if _, err := held.ExecContext(ending, "COMMIT"); err != nil {
		return classify(err)
	}
	committed = true
	return nil
}

// rollback undoes a transaction; a connection that cannot is thrown away, and
// the server undoes it.
func rollback(ctx context.Context, held *sql.Conn) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if _, err := held.ExecContext(ending, "ROLLBACK"); err != nil {
		discard(held)
	}
}

// renew lets the next calls open new connections: after a failover these may find
// the server that writes, and rights that are granted hold for new ones alone.
func (c *connection) renew(err error) bool {
	if !isOneOf(err, slices.Concat(readOnly, denied)...) {
		return false
	}
	for _, pool := range []*sql.DB{c.readers, c.writers} {
		pool.SetMaxIdleConns(0)
		pool.SetMaxIdleConns(c.options.Processes + spareConnections)
	}
	return true
}

// discard throws a connection away.
func discard(held *sql.Conn) { _ = held.Raw(func(any) error { return driver.ErrBadConn }) }
