package driverkit

import (
	"strconv"

	"db-migrate/database"
)

// Ascending reports whether the customers' keys are single whole numbers that grow:
// where the key's column is an integer, they are in the database's order then. The
// order of other keys is the database's to know.
func Ascending(writes []database.Write) bool {
	for i, last := 0, int64(0); i < len(writes); i++ {
		number, ok := wholeNumber(writes[i].Row.Key)
		if !ok || i > 0 && number < last {
			return false
		}
		last = number
	}
	return true
}

func wholeNumber(key database.Key) (int64, bool) {
	if len(key) != 1 {
		return 0, false
	}
	number, err := strconv.ParseInt(key[0], 10, 64)
	return number, err == nil
}
