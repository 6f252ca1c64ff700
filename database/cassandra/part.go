package cassandra

import (
	"context"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// BoundPart refuses every part: the customers lie in the order of their tokens,
// which are hashes, so that no two keys have a stretch between them that a person
// could mean.
func (t *table) BoundPart(context.Context, database.Part) (database.Bound, error) {
	return database.Bound{}, &database.PartError{Reason: "Cassandra keeps customers in the order of their keys' hashes, so that there is no part from one key to another; name the customers in a file (--file)"}
}

// refuseWhere: CQL has no condition that could stand beside the others for every
// table. It filters only under ALLOW FILTERING, knows no brackets and no OR, and
// treats null otherwise than SQL does.
func (t *table) refuseWhere() error {
	if t.plan.Where == "" {
		return nil
	}
	return driverkit.Broken("customer-scanner/where: CQL can not choose customers by a condition; name them in a file (--file), or let the migration's check statement, or its function, leave out the others")
}
