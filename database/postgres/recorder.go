package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// recorded is a statement that was not run.
type recorded struct {
	text      string
	arguments []any
}

// errRecorded ends a call whose statement is wanted, not its rows.
var errRecorded = errors.New("recorded")

// recorder is a session that keeps the statement, and runs nothing.
type recorder struct{ recorded }

func (r *recorder) Query(_ context.Context, text string, arguments ...any) (pgx.Rows, error) {
	r.recorded = recorded{text, withoutOptions(arguments)}
	return nil, errRecorded
}

func (r *recorder) Exec(_ context.Context, text string, arguments ...any) (pgconn.CommandTag, error) {
	r.recorded = recorded{text, arguments}
	return pgconn.CommandTag{}, errRecorded
}
