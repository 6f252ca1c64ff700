package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// TestAnAddressThatLeadsElsewhere is found where that can be said from here.
func TestAnAddressThatLeadsElsewhere(t *testing.T) {
	postgres := database.Target{Driver: "postgres", Host: "127.0.0.1:5432", Database: "shop"}
	file := database.Target{Driver: "sqlite", Database: "/var/db/shop.db"}
	for address, test := range map[string]struct {
		target database.Target
		leads  bool
	}{
		"postgres://a:secret@127.0.0.1:5432/shop":     {postgres, true},
		"postgres://a@localhost/shop?sslmode=disable": {postgres, true},
		"postgres://a@other,localhost:5432/shop":      {postgres, true},
		"host=elsewhere dbname=other":                 {postgres, true}, // cannot be told
		"postgres://a@127.0.0.1:5432/other":           {postgres, false},
		"postgres://a@127.0.0.1:5433/shop":            {postgres, false},
		"postgres://a@elsewhere:5432/shop":            {postgres, false},
		"/var/db/shop.db":                             {file, true},
		"file:/var/db/../db/shop.db?_pragma=foo":      {file, true},
		"shop.db":                                     {file, true},
		"/var/db/other.db":                            {file, false},
		"other.db":                                    {file, false},
		"/srv/shop.db":                                {file, false},
	} {
		require.Equal(t, test.leads, leadsTo(address, test.target), address)
	}
}

// TestASingleCustomer is spoken of as one.
func TestASingleCustomer(t *testing.T) {
	require.Equal(t, "Migrated 1 customer (0 previously migrated, 1 failure)", sumUp(noun.Of("customers", ""), workflows.Totals{Migrated: 1, Failed: 1}, false))
	require.Equal(t, "Migrated 2 customers (0 previously migrated, 0 failures)", sumUp(noun.Of("customers", ""), workflows.Totals{Migrated: 2}, false))
}
