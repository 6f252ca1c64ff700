// Command schemaworker is the worker with a migration in Go of the films that Pagila and
// Sakila have in common.
package main

import (
	"context"
	"fmt"
	"os"

	"db-migrate/database"
	"db-migrate/migration"
	"db-migrate/worker/service"
)

func main() {
	os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr, service.Program{Migrations: []migration.Migration{{
		Name: "film-card", Version: "1", Reads: read(), Writes: []string{"card"}, Change: card,
	}}}))
}

// read are columns of an enum, a year, an array or a set, and numbers.
func read() []string {
	return []string{"title", "rating", "release_year", "special_features", "length", "rental_rate"}
}

func card(_ context.Context, row database.Row) (database.Change, error) {
	if !row.Null("card") {
		return database.Change{PreviouslyMigrated: true}, nil
	}
	if row.Null("length") {
		return database.Change{}, fmt.Errorf("film %s has no length", row.Text("title"))
	}
	said := map[string]any{}
	for _, column := range read() {
		if !row.Null(column) {
			said[column] = row.Text(column)
		}
	}
	var change database.Change
	change.Set("card", database.JSON(said))
	return change, nil
}
