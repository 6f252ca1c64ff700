package database

import (
	"context"
	"errors"
)

// ErrCut comes with the rows of a Read or ReadKeys that weigh Options.ReadBytes
// together: there may be more. A read has one row at least, however heavy it is, and
// one for a single row is never cut.
var ErrCut = errors.New("the rows that were read weigh as much as one read may")

// Bytes is about how much memory the row's values take, in bytes.
func (r Row) Bytes() int {
	total := 0
	for _, value := range r.Values {
		total += bytesOf(value)
	}
	return total
}

// Bytes is about how much memory what the change writes takes, in bytes.
func (c Change) Bytes() int {
	total := 0
	for _, assignment := range c.Assignments {
		total += bytesOf(assignment.Value)
	}
	for _, statement := range c.Statements {
		total += len(statement.Text)
		for _, argument := range statement.Arguments {
			total += bytesOf(argument)
		}
	}
	return total
}

// valueBytes is what a value takes that has no length.
const valueBytes = 16

func bytesOf(value any) int {
	switch value := value.(type) {
	case string:
		return valueBytes + len(value)
	case []byte:
		return valueBytes + len(value)
	}
	return valueBytes
}

// ReadEach returns the rows of these keys whatever they weigh, for those who have had
// them in hand before: it reads by fewer keys where a read is cut.
func ReadEach(ctx context.Context, table Migrate, keys []Key) ([]Row, error) {
	rows, err := table.ReadKeys(ctx, keys)
	if !errors.Is(err, ErrCut) {
		return rows, err
	}
	half := len(keys) / 2
	first, err := ReadEach(ctx, table, keys[:half])
	if err != nil {
		return nil, err
	}
	second, err := ReadEach(ctx, table, keys[half:])
	return append(first, second...), err
}
