// Command worker serves the migration that asks the service at GEOCODER_URL.
package main

import (
	"cmp"
	"os"

	"db-migrate/examples/callservice"
	"db-migrate/migration"
	"db-migrate/worker/service"
)

func main() {
	geocoder := callservice.NewGeocoder(cmp.Or(os.Getenv("GEOCODER_URL"), "http://127.0.0.1:8099"))
	os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr,
		service.Program{Migrations: []migration.Migration{callservice.Migration(geocoder)}}))
}
