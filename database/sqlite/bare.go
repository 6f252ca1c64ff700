package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"time"

	"db-migrate/database"
)

// bare is the writing connection without database/sql in between: its locks,
// copies and a goroutine for each statement would double what a row costs.
type bare struct {
	ctx        context.Context
	conn       driver.ConnPrepareContext
	statements map[string]driver.StmtExecContext
	// arguments are those of the next statement.
	arguments []driver.NamedValue
}

// statementsKept bounds the statements that are kept from one set of customers to
// the next; a migration's further statements may have any text.
const statementsKept = 256

// bare runs work on the bare connection. Its statements are not interrupted;
// work looks at its context between them.
func (w *writer) bare(ctx context.Context, work func(*bare) error) error {
	return w.conn.Raw(func(conn any) error {
		preparer, ok := conn.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the driver's connection %T prepares no statements", conn)
		}
		if len(w.statements) > statementsKept {
			if err := forget(w.statements); err != nil {
				return err
			}
		}
		return work(&bare{ctx: context.WithoutCancel(ctx), conn: preparer, statements: w.statements})
	})
}

// forget closes prepared statements, which otherwise keep the file open.
func forget(statements map[string]driver.StmtExecContext) error {
	var err error
	for text, statement := range statements {
		delete(statements, text)
		err = errors.Join(err, closeStatement(statement))
	}
	return err
}

func closeStatement(statement driver.StmtExecContext) error {
	if prepared, ok := statement.(driver.Stmt); ok {
		return prepared.Close()
	}
	return nil
}

// prepare prepares a statement once.
func (b *bare) prepare(text string) (driver.StmtExecContext, error) {
	if statement, found := b.statements[text]; found {
		return statement, nil
	}
	prepared, err := b.conn.PrepareContext(b.ctx, text)
	if err != nil {
		return nil, err
	}
	statement, ok := prepared.(driver.StmtExecContext)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statement %T takes no context", prepared), prepared.Close())
	}
	b.statements[text] = statement
	return statement, nil
}

// add adds an argument of the next statement.
func (b *bare) add(value any) error {
	switch known := value.(type) {
	case float64:
		if math.IsNaN(known) {
			return database.OwnError(errors.New("SQLite would store the number NaN as NULL; set nil, or a text"))
		}
	case nil, int64, string, []byte, bool, time.Time:
	default:
		var err error
		if value, err = driver.DefaultParameterConverter.ConvertValue(value); err != nil {
			return database.OwnError(fmt.Errorf("a value cannot be stored: %w", err))
		}
	}
	b.arguments = append(b.arguments, driver.NamedValue{Ordinal: len(b.arguments) + 1, Value: value})
	return nil
}

// execute runs a statement with the arguments added, and tells how many rows it
// has changed.
func (b *bare) execute(statement driver.StmtExecContext) (int64, error) {
	result, err := statement.ExecContext(b.ctx, b.arguments)
	b.arguments = b.arguments[:0]
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
