package database

import (
	"slices"
	"strings"
)

// Key names one customer: the values of the key columns, in their order, each
// in the text form of its driver (always valid UTF-8, so that it survives JSON).
//
// Keys are compared for equality only. Their order is the database's own, and
// no Go code may assume it.
type Key []string

// String is the key as people read it.
func (k Key) String() string { return strings.Join(k, ", ") }

// Equal tells whether both keys name the same customer.
func (k Key) Equal(other Key) bool { return slices.Equal(k, other) }

// Text is the key in one string that can serve as a map's key.
func (k Key) Text() string {
	if len(k) == 1 {
		return k[0]
	}
	return strings.Join(k, "\x00")
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
	// Customers is how many the scanner saw in the range.
	Customers int `json:"customers"`
	// Worked is set once an activity may have worked on the range: the ledger
	// is asked before one of its customers is believed to be migrated before.
	Worked bool `json:"worked,omitempty"`
}

// Explicit tells whether the range is a list of keys.
func (r Range) Explicit() bool { return len(r.Keys) > 0 }
