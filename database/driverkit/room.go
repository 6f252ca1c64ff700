package driverkit

import (
	"context"
	"errors"

	"db-migrate/database"
)

// Room is how many rows a read may return at most, and how many bytes these may weigh
// together (0: whatever they weigh).
type Room struct {
	Rows, Bytes int
	bytes       int
	rows        int
}

// Take notes a row. database.ErrCut: it is the last that there is room for, and not as
// many as asked for.
func (r *Room) Take(row database.Row) error {
	r.rows++
	if r.Bytes == 0 {
		return nil
	}
	if r.bytes += row.Bytes(); r.bytes >= r.Bytes && r.rows < r.Rows {
		return database.ErrCut
	}
	return nil
}

// StopIfCut runs a read that hands rows to use, and ends its statement once it is cut:
// else the client library would receive all that is left of the answer before the
// connection can be used again.
func StopIfCut[T any](ctx context.Context, read func(context.Context, func(T) error) error, use func(T) error) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	cut := false
	err := read(reading, func(values T) error {
		err := use(values)
		if errors.Is(err, database.ErrCut) {
			cut = true
			stop()
		}
		return err
	})
	if cut {
		return database.ErrCut
	}
	return err
}
