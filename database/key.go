package database

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Key names one customer: the values of the key columns, in their order, each
// in the text form of its driver (always valid UTF-8, so that it survives JSON).
//
// Keys are compared for equality only. Their order is the database's own, and
// no Go code may assume it.
type Key []string

// NumericKey is a key of one whole number as a person has written it. *KeyError: it
// is none.
func NumericKey(columns []string) (Key, error) {
	if len(columns) != 1 {
		return nil, &KeyError{fmt.Sprintf("%q: the key is one number", columns)}
	}
	number, err := strconv.ParseInt(columns[0], 10, 64)
	if err != nil {
		return nil, &KeyError{fmt.Sprintf("%q is no whole number", columns[0])}
	}
	return Key{strconv.FormatInt(number, 10)}, nil
}

// String is the key as people read it.
func (k Key) String() string { return strings.Join(k, ", ") }

// Equal reports whether both keys name the same customer.
func (k Key) Equal(other Key) bool { return slices.Equal(k, other) }

// Text is the key in one string that can serve as a map's key.
func (k Key) Text() string {
	if len(k) == 1 {
		return k[0]
	}
	return strings.Join(k, "\x00")
}

// Stored is the key as the failures table has it: a single value as it is,
// several as a JSON list.
func (k Key) Stored() string {
	if len(k) == 1 {
		return k[0]
	}
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // a list of strings always marshals
	}
	return string(text)
}

// ParseStored is the key of so many columns that Stored has written.
func ParseStored(text string, columns int) (Key, error) {
	if columns == 1 {
		return Key{text}, nil
	}
	var key Key
	if err := json.Unmarshal([]byte(text), &key); err != nil {
		return nil, fmt.Errorf("the key %q of a dead letter is no list of %d values: %w", text, columns, err)
	}
	return key, nil
}

// Range is a stretch of customers that lie next to each other in key order.
type Range struct {
	// Sequence numbers the ranges of one run from 1. It survives splits and
	// joins, and stands beside each customer in the ledger.
	Sequence int64 `json:"sequence"`
	// After is the key before the first customer; nil: from the beginning.
	After Key `json:"after,omitempty"`
	// UpTo is the last key of the range, which belongs to it.
	UpTo Key `json:"up_to,omitempty"`
	// Keys, if any, are the range's customers, and After and UpTo are unused.
	Keys []Key `json:"keys,omitempty"`
	// Bytes, if any, is the stretch of a file that names the range's customers,
	// and After, UpTo and Keys are unused. No driver meets it: the ids are read
	// from the file, and handed on as keys.
	Bytes *ByteRange `json:"bytes,omitempty"`
	// Customers is how many the scanner saw in the range.
	Customers int `json:"customers"`
	// Worked is set once an activity may have worked on the range: the ledger
	// is asked before one of its customers is believed to be migrated before.
	Worked bool `json:"worked,omitempty"`
	// Fresh: no row of the range can be in the ledger, unless an activity has worked on
	// the range: no run and no pass over the table has come to it before. A driver is
	// told only of ranges that were not worked on.
	Fresh bool `json:"fresh,omitempty"`
}

// ByteRange is a stretch of a file, whole lines, From inclusive, To exclusive.
type ByteRange struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Explicit reports whether the range is a list of keys.
func (r Range) Explicit() bool { return len(r.Keys) > 0 }

// Listed reports whether the range names its rows one by one, by their keys or in a file.
func (r Range) Listed() bool { return r.Explicit() || r.Bytes != nil }
