// Command worker serves the components of db-migrate to Temporal.
package main

import (
	"os"

	"db-migrate/migration"
	"db-migrate/migration/contact"
	"db-migrate/worker/service"
)

func main() {
	os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr, service.Program{
		Migrations: []migration.Migration{contact.Migration()},
	}))
}
