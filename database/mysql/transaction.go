package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"time"
)

// endTime bounds a commit and a rollback, which a caller's end must not cut
// short: else a commit could come after the call has returned.
const endTime = 10 * time.Second

// transaction runs do in a transaction; an error or a panic undoes it all.
func (t *table) transaction(ctx context.Context, do func(context.Context, session) error) error {
	held, err := t.writers.Conn(ctx)
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
		if t.renew(err) {
			defer discard(held)
		}
		return classify(err)
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
