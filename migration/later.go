package migration

import "db-migrate/database"

// Later says that a change could not be made for a reason that is not the
// customer's: a service that is called does not answer, or refuses everybody.
// Nobody is blamed. The attempt fails with err, is seen in the status and in
// Temporal's Web UI, and is repeated, after ever longer pauses, until Change
// answers; what was migrated before stays so. An error that comes back for one
// row for ever is its own: return it as it is.
//
// Later of nil is nil.
func Later(err error) error {
	if err == nil {
		return nil
	}
	return &database.Error{Class: database.Disconnected, Err: err}
}
