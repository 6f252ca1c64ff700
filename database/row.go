package database

import "fmt"

// Row is one customer as read from the table.
type Row struct {
	Key Key
	// Columns names the values, in their order; rows of one read share it.
	Columns []string
	// Values are int64, float64, string, []byte, bool, time.Time or nil.
	Values []any
	// Seen is what the driver wants back at the write, to tell whether the row
	// is still as it was read; nobody else looks at it.
	Seen any
}

// Value is the value of a column that the migration reads or writes, and nil
// for SQL's NULL.
func (r Row) Value(column string) any {
	for i, name := range r.Columns {
		if name == column {
			return r.Values[i]
		}
	}
	return nil
}

// Text is a column's value as text; NULL is the empty text.
func (r Row) Text(column string) string {
	switch value := r.Value(column).(type) {
	case nil:
		return ""
	case string:
		return value
	case []byte:
		return string(value)
	default:
		return fmt.Sprint(value)
	}
}

// Null reports whether a column is NULL.
func (r Row) Null(column string) bool { return r.Value(column) == nil }

// Assignment is one column's new value.
type Assignment struct {
	Column string
	Value  any
}

// Statement is an SQL statement with its arguments, run in the transaction
// that writes the customer's change.
type Statement struct {
	Text      string
	Arguments []any
}

// Change is what a migration makes of a row. The zero Change writes nothing and
// is refused: a customer who needs nothing is PreviouslyMigrated.
type Change struct {
	Assignments []Assignment
	Statements  []Statement
	// PreviouslyMigrated says that the customer needs no change.
	PreviouslyMigrated bool
}

// Set gives a column its new value, instead of one that it was given before. A value
// is nil (NULL), a bool, an int or uint of any size, a float32 or float64, a string, a
// []byte (nil: an empty one), a time.Time, a type of one of these kinds, a pointer to one of them (nil:
// NULL), an sql.NullString and its like, any other driver.Valuer, or a
// json.RawMessage. A slice, a map or a struct is written as JSON: set JSON(value).
// Anything else is the row's own error. A time is written as its moment in UTC; what
// is finer than a microsecond (on Cassandra: a millisecond) is cut. In a column of
// text a bool is what the database makes of it, true or 1.
func (c *Change) Set(column string, value any) {
	for i, assignment := range c.Assignments {
		if assignment.Column == column {
			c.Assignments[i].Value = value
			return
		}
	}
	c.Assignments = append(c.Assignments, Assignment{column, value})
}

// Run adds a statement that commits together with the change, in the database's
// own SQL, with its own placeholders. It runs only if the customer's row was
// written. Cassandra has no transactions: there it runs after the row was
// written and before the customer is in the ledger, so it may run twice.
func (c *Change) Run(text string, arguments ...any) {
	c.Statements = append(c.Statements, Statement{text, arguments})
}

// Assigned is the new value of a column and whether the change has one.
func (c Change) Assigned(column string) (any, bool) {
	for _, assignment := range c.Assignments {
		if assignment.Column == column {
			return assignment.Value, true
		}
	}
	return nil, false
}
