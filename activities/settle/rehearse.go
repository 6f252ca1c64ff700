package settle

import (
	"context"
	"fmt"

	"db-migrate/database"
)

// Rehearse counts what a migration would do to a set, and does nothing.
func (s *Settler) Rehearse(ctx context.Context, table database.Table, job Job, set Set) (Outcome, error) {
	c := s.begin(table, job)
	err := c.rehearse(ctx, set.Rows)
	return c.out, err
}

// rehearse counts what a migration would do to the rows, and does nothing.
// Rows that would be refused count as failed.
func (c *settling) rehearse(ctx context.Context, rows []database.Row) error {
	if len(rows) == 0 {
		return nil
	}
	for left := rows; len(left) > 0; {
		var writes []database.Write
		var err error
		if writes, left, err = c.decideNext(ctx, left); err != nil {
			return err
		}
		if writes, err = c.withoutMigrated(ctx, writes); err != nil {
			return err
		}
		c.out.Counts.Migrated += len(writes)
		c.out.Needed = append(c.out.Needed, keysOfWrites(writes)...)
	}
	if err := c.finish(len(rows)); err != nil {
		return err
	}
	c.out.Counts.Failed += len(c.out.Troubled)
	return nil
}

// withoutMigrated counts the rows that a run would leave as they are, since an earlier
// one has migrated them.
func (c *settling) withoutMigrated(ctx context.Context, writes []database.Write) ([]database.Write, error) {
	known, err := c.books.of(ctx, keysOfWrites(writes))
	if err != nil || len(known) == 0 {
		return writes, err
	}
	var pending []database.Write
	for _, write := range writes {
		if row, found := known[write.Row.Key.Text()]; found && !c.books.makesWay(row) {
			c.out.Counts.Add(c.books.count(row))
			continue
		}
		pending = append(pending, write)
	}
	return pending, nil
}

// sampleLength bounds a value that is shown: it travels through Temporal.
const sampleLength = 60

func sampleOf(write database.Write) Sample {
	sample := Sample{Key: write.Row.Key}
	for _, column := range write.Row.Columns {
		if _, written := write.Change.Assigned(column); !written && !write.Row.Null(column) {
			value := showValue(write.Row.Value(column))
			sample.Columns = append(sample.Columns, SampleColumn{Name: column, Before: value, After: value})
		}
	}
	for _, assignment := range write.Change.Assignments {
		sample.Columns = append(sample.Columns, SampleColumn{Name: assignment.Column,
			Before: showValue(write.Row.Value(assignment.Column)), After: showValue(assignment.Value)})
	}
	return sample
}

func showValue(value any) string {
	var text string
	switch value := value.(type) {
	case nil:
		return "NULL"
	case []byte:
		text = fmt.Sprintf("%x", value)
	default:
		text = fmt.Sprint(value)
	}
	return database.CleanText(text, sampleLength)
}
