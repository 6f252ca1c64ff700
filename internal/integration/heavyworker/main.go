// Command heavyworker is the worker with a migration of rows that weigh megabytes.
package main

import (
	"context"
	"os"
	"strings"

	"db-migrate/database"
	"db-migrate/migration"
	"db-migrate/worker/service"
)

func main() {
	os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr, service.Program{Migrations: []migration.Migration{{
		Name: "stamp", Version: "1", Reads: []string{"body"}, Writes: []string{"body"}, Change: stamp,
	}}}))
}

func stamp(_ context.Context, row database.Row) (database.Change, error) {
	body := row.Text("body")
	if strings.HasPrefix(body, "stamped ") {
		return database.Change{PreviouslyMigrated: true}, nil
	}
	var change database.Change
	change.Set("body", "stamped "+body)
	return change, nil
}
