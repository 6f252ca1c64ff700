package database

import (
	"slices"
	"strings"
)

// Texts are the values of a row's columns as the database has printed them; nil is
// NULL.
type Texts []*string

// TextsOf copies values as they came from a server: parts of one text.
func TextsOf(raw [][]byte) Texts {
	size := 0
	for _, value := range raw {
		size += len(value)
	}
	var joined strings.Builder
	joined.Grow(size)
	for _, value := range raw {
		joined.Write(value)
	}
	all, at := joined.String(), 0
	parts, texts := make([]string, len(raw)), make(Texts, len(raw))
	for i, value := range raw {
		if value != nil {
			parts[i] = all[at : at+len(value)]
			at += len(value)
			texts[i] = &parts[i]
		}
	}
	return texts
}

// Equal tells whether both are the same, byte for byte.
func (t Texts) Equal(other Texts) bool {
	return slices.EqualFunc(t, other, func(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b })
}

// NullInAll tells of each column whether it was NULL in all rows when they were
// read, as columns that are still to be filled are. Rows whose Seen are not so many
// texts are for the driver to refuse.
func NullInAll(writes []Write, columns int) []bool {
	null := slices.Repeat([]bool{true}, columns)
	for _, write := range writes {
		seen, _ := write.Row.Seen.(Texts)
		for i := range null {
			null[i] = null[i] && i < len(seen) && seen[i] == nil
		}
	}
	return null
}
