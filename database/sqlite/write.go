package sqlite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
)

// transactionLimit keeps a set within SQLite's limit for parameters.
const transactionLimit = 2000

// TransactionLimit is how many customers one transaction may hold.
func (t *table) TransactionLimit() int { return transactionLimit }

// transactionTime bounds a transaction: many statements, each of them short.
func (t *table) transaction(ctx context.Context, work func(context.Context) error) (held time.Duration, err error) {
	held, err = t.writer.transaction(ctx, t.options.StatementTimeout+busyTimeout, work)
	return held, t.explain(err)
}

// Write writes the changes with their ledger rows.
func (t *table) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	var written []bool
	held, err := t.transaction(ctx, func(ctx context.Context) (err error) {
		if t.plan.Statements != nil {
			written, err = t.runStatements(ctx, writes)
		} else {
			written, err = t.update(ctx, writes, true)
		}
		if err != nil {
			return err
		}
		return t.enter(ctx, mark, writes, written)
	})
	return database.Written{Rows: written, Held: held}, err
}

// update writes each change to its row, if the row is as it was read.
func (t *table) update(ctx context.Context, writes []database.Write, compare bool) ([]bool, error) {
	written := make([]bool, len(writes))
	for i, write := range writes {
		changed, err := t.updateOne(ctx, write, compare)
		if err != nil {
			return nil, err
		}
		written[i] = changed
		if !changed {
			continue
		}
		for _, extra := range write.Change.Statements {
			if err := t.writer.execute(ctx, extra.Text, extra.Arguments...); err != nil {
				return nil, fmt.Errorf("customer %s: %w", write.Row.Key, err)
			}
		}
	}
	return written, nil
}

func (t *table) updateOne(ctx context.Context, write database.Write, compare bool) (bool, error) {
	statement, err := t.writer.prepared(ctx, t.updateText(write, compare))
	if err != nil {
		return false, err
	}
	arguments := make([]any, 0, 24)
	for _, assignment := range write.Change.Assignments {
		arguments = append(arguments, assignment.Value)
	}
	if arguments, err = t.keyArguments(arguments, write.Row.Key); err != nil {
		return false, err
	}
	if compare {
		arguments = t.compareArguments(arguments, write.Row)
	}
	result, err := statement.ExecContext(ctx, arguments...)
	if err != nil {
		return false, fmt.Errorf("customer %s: %w", write.Row.Key, err)
	}
	affected, err := result.RowsAffected()
	return affected == 1, err
}

// updateText is the statement for a change of this shape.
func (t *table) updateText(write database.Write, compare bool) string {
	var text strings.Builder
	text.WriteString("UPDATE " + quote(t.name) + " SET ")
	for i, assignment := range write.Change.Assignments {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(quote(assignment.Column) + " = ?")
	}
	text.WriteString(" WHERE " + t.keyTuple() + " = " + t.keyMarks())
	if compare {
		for _, column := range t.columns {
			text.WriteString(" AND " + quote(column.name) + " COLLATE BINARY IS ?")
			if !column.text() {
				text.WriteString(" AND typeof(" + quote(column.name) + ") = ?")
			}
		}
	}
	return text.String()
}

func (t *table) compareArguments(arguments []any, row database.Row) []any {
	for i, column := range t.columns {
		arguments = append(arguments, row.Values[i])
		if !column.text() {
			arguments = append(arguments, typeOf(row.Values[i]))
		}
	}
	return arguments
}

// typeOf is what SQLite's typeof says of a value.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case int64, bool:
		return "integer"
	case float64:
		return "real"
	case []byte:
		return "blob"
	}
	return "text"
}

// WriteLocked reads, decides and writes in one transaction. SQLite's one writer
// at a time is the row lock.
func (t *table) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	var written bool
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		rows, err := t.readLocked(ctx, key)
		if err != nil || len(rows) == 0 {
			return err
		}
		change, err := decide(rows[0])
		if err != nil || change.PreviouslyMigrated {
			return err
		}
		writes := []database.Write{{Row: rows[0], Change: change}}
		var done []bool
		if t.plan.Statements != nil {
			done, err = t.runStatements(ctx, writes)
		} else {
			done, err = t.update(ctx, writes, false)
		}
		if err != nil {
			return err
		}
		written = done[0]
		return t.enter(ctx, mark, writes, done)
	})
	return written && err == nil, err
}

// readLocked reads a row on the writing connection.
func (t *table) readLocked(ctx context.Context, key database.Key) ([]database.Row, error) {
	arguments, err := t.keyArguments(nil, key)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s WHERE %s = %s", t.selection(), quote(t.name), t.keyTuple(), t.keyMarks())
	rows, err := t.writer.conn.QueryContext(ctx, text, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := make([]string, len(t.columns))
	for i, column := range t.columns {
		names[i] = column.name
	}
	var found []database.Row
	err = scanRows(rows, len(t.keys)+len(t.columns), func(values []any) error {
		found = append(found, database.Row{Key: key, Columns: names, Values: append([]any(nil), values[len(t.keys):]...)})
		return nil
	})
	return found, err
}
