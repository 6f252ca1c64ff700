package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// update writes each change to its row, if the row is as it was read, by one
// prepared statement for each row. That names the row which is to blame for an
// error, and is the fastest form there is with this SQLite: 5.7 µs a customer,
// against 6.0 for UPDATE … FROM (VALUES …) RETURNING with 250 rows at a time,
// and 17 for json_each.
func (w *setWriter) update(ctx context.Context, writes []database.Write, compare bool) ([]bool, error) {
	written := make([]bool, len(writes))
	err := w.writer.bare(ctx, func(b *bare) error {
		work := updating{table: w.table, bare: b, compare: compare}
		for i, write := range writes {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if written[i], err = work.one(write); err != nil {
				return fmt.Errorf("row %s: %w", write.Row.Key, err)
			}
		}
		return nil
	})
	return written, err
}

// updating is the update of a set of rows.
type updating struct {
	*table
	*bare
	compare bool
	// statement fits changes that assign these columns.
	statement driver.StmtExecContext
	columns   []database.Assignment
}

// one updates a row.
func (u *updating) one(write database.Write) (bool, error) {
	if err := u.choose(write.Change.Assignments); err != nil {
		return false, err
	}
	for _, assignment := range write.Change.Assignments {
		if err := u.add(assignment.Value); err != nil {
			return false, err
		}
	}
	if err := u.addKey(u.bare, write.Row.Key); err != nil {
		return false, err
	}
	if err := u.addCompared(write.Row); err != nil {
		return false, err
	}
	changed, err := u.execute(u.statement)
	return changed > 0, err
}

// choose chooses the statement for a change; most changes assign the same
// columns as the one before.
func (u *updating) choose(assignments []database.Assignment) error {
	if len(assignments) == 0 {
		return database.OwnError(errors.New("the change sets no column"))
	}
	if u.statement != nil && sameColumns(u.columns, assignments) {
		return nil
	}
	var err error
	u.statement, err = u.prepare(u.updateText(assignments, u.compare))
	u.columns = assignments
	return err
}

func sameColumns(a, b []database.Assignment) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Column != b[i].Column {
			return false
		}
	}
	return true
}

// updateText is the statement for a change that assigns these columns.
func (t *table) updateText(assignments []database.Assignment, compare bool) string {
	var text strings.Builder
	text.WriteString("UPDATE " + quote(t.name) + " SET ")
	for i, assignment := range assignments {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(quote(assignment.Column) + " = ?")
	}
	text.WriteString(" WHERE " + t.Tuple() + " = " + driverkit.Tuple(slices.Repeat([]string{"?"}, len(t.keys))))
	if !compare {
		return text.String()
	}
	for _, column := range t.columns {
		text.WriteString(" AND " + quote(column.name) + " COLLATE BINARY IS ?")
		if !column.text() {
			text.WriteString(" AND typeof(" + quote(column.name) + ") = ?")
		}
	}
	return text.String()
}

// addCompared adds the values that were read.
func (u *updating) addCompared(row database.Row) error {
	if !u.compare {
		return nil
	}
	for i, column := range u.table.columns {
		if err := u.add(row.Values[i]); err != nil {
			return err
		}
		if column.text() {
			continue
		}
		if err := u.add(typeOf(row.Values[i])); err != nil {
			return err
		}
	}
	return nil
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

func (b *bare) run(statement database.Statement) error {
	prepared, err := b.prepare(statement.Text)
	if err != nil {
		return err
	}
	for _, argument := range statement.Arguments {
		if err := b.add(argument); err != nil {
			return err
		}
	}
	_, err = b.execute(prepared)
	return err
}
