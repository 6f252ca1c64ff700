package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestTheBooksOfARunAreThoseOfItsDatabase, by whatever address, and though the table was
// made anew.
func TestTheBooksOfARunAreThoseOfItsDatabase(t *testing.T) {
	run := database.Target{Driver: "postgres", Host: "db", Database: "shop", Table: "public.t", Books: "public", Identity: "74/16/1"}
	file := database.Target{Driver: "sqlite", Database: "/srv/shop.db"}
	server := database.Target{Driver: "mysql", Host: "db", Database: "shop", Books: "shop", Identity: "uuid-1"}
	for _, test := range []struct {
		run   database.Target
		other func(*database.Target)
		same  bool
	}{
		{run, func(target *database.Target) { target.Host, target.RowName = "127.0.0.1", "order" }, true},
		{run, func(target *database.Target) { target.Identity = "74/16/2" }, true},
		{run, func(target *database.Target) { target.Identity = "74/17/1" }, false},
		{run, func(target *database.Target) { target.Books = "ours" }, false},
		{file, func(target *database.Target) { target.Database = "/srv/other.db" }, false},
		{server, func(target *database.Target) { target.Identity = "uuid-2" }, false},
		{server, func(target *database.Target) { target.Driver = "postgres" }, false},
	} {
		worker := test.run
		test.other(&worker)
		err := Fingerprint{Target: test.run}.ComparePlace(Fingerprint{Target: worker})
		require.Equal(t, test.same, err == nil, "%v", err)
	}
}
