// Package callservice is a migration that asks another service about each
// customer: where on the map his address is.
//
// It shows how the service's troubles are kept from the customers: a passing
// error is tried again at once, an outage is said to be one (migration.Later),
// and only an answer about this very address is the customer's own error.
package callservice

import (
	"context"

	"db-migrate/database"
	"db-migrate/migration"
)

// parallel is how many calls each process has under way. They wait for most of
// their time: one by one, a transaction's worth of them would take longer than a
// batch should.
const parallel = 8

// Migration fills the position of customers of the rental shop.
func Migration(geocoder *Geocoder) migration.Migration {
	return migration.Migration{
		Name:     "customer-position",
		Version:  "1",
		Reads:    []string{"billing_address"},
		Writes:   []string{"latitude", "longitude"},
		Parallel: parallel,
		Change: func(ctx context.Context, row database.Row) (database.Change, error) {
			if !row.Null("latitude") {
				return database.Change{PreviouslyMigrated: true}, nil
			}
			found, err := geocoder.Locate(ctx, row.Text("billing_address"))
			if err != nil {
				return database.Change{}, err
			}
			var change database.Change
			change.Set("latitude", found.Latitude)
			change.Set("longitude", found.Longitude)
			return change, nil
		},
	}
}
