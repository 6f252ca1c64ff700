package activities

import (
	"fmt"

	"db-migrate/database"
)

// Sample is one customer of a dry run, before and after.
type Sample struct {
	Key database.Key `json:"key"`
	// Columns are those that were read, and those that would be written; none,
	// if the migration is written in SQL, whose effect shows only when it is run.
	Columns []SampleColumn `json:"columns,omitempty"`
}

// SampleColumn is a column's value before and after; NULL is shown as NULL.
type SampleColumn struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
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
