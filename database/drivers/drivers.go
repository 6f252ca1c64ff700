// Package drivers is the one visible list of the database drivers.
package drivers

import (
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/database/mysql"
	"db-migrate/database/postgres"
	"db-migrate/database/simulated"
	"db-migrate/database/sqlite"
)

func all() []database.Driver {
	return []database.Driver{sqlite.Driver{}, postgres.Driver{}, mysql.Driver{}, cassandra.Driver{}, simulated.Driver{}}
}

// Named chooses a driver by its name.
func Named(name string) (database.Driver, error) {
	var names []string
	for _, driver := range all() {
		if driver.Name() == name {
			return driver, nil
		}
		names = append(names, driver.Name())
	}
	return nil, fmt.Errorf("connection/driver: there is no driver %q; there are %s", name, strings.Join(names, ", "))
}
