// Command starter starts a migration, or attaches to it, and shows how it goes.
package main

import (
	"os"

	"db-migrate/starter/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
