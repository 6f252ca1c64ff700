package cassandra

import "db-migrate/database"

var _ database.InFlight = (*table)(nil)

// InFlight is how many customers each caller has under way at once.
func (t *table) InFlight() int { return t.inFlight() }
