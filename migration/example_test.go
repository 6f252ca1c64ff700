package migration_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/migration"
)

// initials is a migration as its author writes it.
func initials() migration.Migration {
	return migration.Migration{Name: "initials", Version: "1", Reads: []string{"name"}, Writes: []string{"initials"},
		Change: func(_ context.Context, row database.Row) (database.Change, error) {
			var change database.Change
			if !row.Null("initials") {
				return database.Change{PreviouslyMigrated: true}, nil
			}
			words := strings.Fields(row.Text("name"))
			if len(words) == 0 {
				return change, errors.New("the name is empty")
			}
			letters := ""
			for _, word := range words {
				letters += string([]rune(word)[:1])
			}
			change.Set("initials", letters)
			return change, nil
		}}
}

// A migration is a function of a row: it is tested without a database.
func Example() {
	tested := initials()
	fmt.Println("problems of the definition:", tested.Validate())
	columns := []string{"name", "initials"}
	for _, values := range [][]any{{"Ada Lovelace", nil}, {"Émile Zola", "ÉZ"}, {" ", nil}} {
		change, err := tested.Change(context.Background(), database.Row{Columns: columns, Values: values})
		fmt.Printf("%q: %v, previously migrated: %v, error: %v\n", values[0], change.Assignments, change.PreviouslyMigrated, err)
	}
	// Output:
	// problems of the definition: <nil>
	// "Ada Lovelace": [{initials AL}], previously migrated: false, error: <nil>
	// "Émile Zola": [], previously migrated: true, error: <nil>
	// " ": [], previously migrated: false, error: the name is empty
}

// An error of a service is told apart from the customer's own.
func ExampleLater() {
	var classified *database.Error
	err := migration.Later(errors.New("geocoder: 503 Service Unavailable"))
	fmt.Println(err, errors.As(err, &classified))
	// Output: geocoder: 503 Service Unavailable true
}

// A goroutine of a change's own begins with Guard: its panic is the row's error, and the
// worker goes on.
func ExampleGuard() {
	found := make(chan error, 1)
	go func() {
		found <- migration.Guard(func() error {
			var prices map[string]int
			prices["a"] = 1
			return nil
		})
	}()
	fmt.Println(<-found)
	// Output: the migration panicked: assignment to entry in nil map
}
