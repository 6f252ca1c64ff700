package database

import (
	"errors"
	"fmt"
)

// ErrStatementTimeout says that a statement took longer than it may. Waits for row
// locks end earlier, and are no part of it: one row may be to blame (a trigger of
// the site's that hangs), or the database is slow. A driver's error that wraps it
// is of class Contention.
var ErrStatementTimeout = errors.New("it took longer than customer-migrator/statement-timeout")

// StatementTimeout is the error of a statement that the server has stopped.
func StatementTimeout(err error) error {
	return &Error{Class: Contention, Err: fmt.Errorf("%w: %w", ErrStatementTimeout, err)}
}
