package sqlite

import (
	"context"

	"db-migrate/database"
)

// Address is the driver's address of a file, for connections of the site's.
var Address = address

// Guess is how many customers the driver expects where it cannot count them.
func Guess(ctx context.Context, prepared database.Table, after, upTo database.Key) int64 {
	return prepared.(*setWriter).guess(ctx, after, upTo)
}
