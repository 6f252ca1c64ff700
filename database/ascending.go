package database

import (
	"cmp"
	"slices"
	"strconv"
)

// Ascending tells whether the customers' keys are single whole numbers that grow:
// where the key's column is an integer, they are in the database's order then. The
// order of other keys is the database's to know.
func Ascending(writes []Write) bool {
	return slices.IsSortedFunc(writes, func(a, b Write) int {
		first, ok := wholeNumber(a.Row.Key)
		second, both := wholeNumber(b.Row.Key)
		if !ok || !both {
			return -1 // not seen to be
		}
		return cmp.Compare(first, second)
	})
}

func wholeNumber(key Key) (int64, bool) {
	if len(key) != 1 {
		return 0, false
	}
	number, err := strconv.ParseInt(key[0], 10, 64)
	return number, err == nil
}
