// Command worker serves the migrations of the rental shop.
package main

import (
	"os"

	"db-migrate/examples/shop/addresses"
	"db-migrate/worker/service"
)

func main() {
	os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr, service.Program{Migrations: addresses.Migrations()}))
}
