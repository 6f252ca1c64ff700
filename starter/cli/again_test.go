package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
)

// TestTheSameMigrationAgain: what is told to be typed means the migration that
// was watched, and shows nothing of its connection.
func TestTheSameMigrationAgain(t *testing.T) {
	for _, test := range []struct {
		name                 string
		given                flags
		start, watch, cancel string
	}{
		{"defaults", flags{environment: "localhost"}, "starter", "starter watch", "starter cancel"},
		{"a dry run in staging", flags{environment: "staging", dryRun: true},
			"starter -e staging --dry-run", "starter watch -e staging --dry-run", "starter cancel -e staging --dry-run"},
		{"a migration of one's own", flags{environment: "localhost", directory: "my config", files: []string{"a.yaml", "b.yaml"},
			arguments: []string{"connection/driver=simulated", "connection/url=postgres://me:secret@host/db", "connection/password=secret", "connection/table=orders", "customer-migrator/migration=shout"}},
			"starter --config 'my config' --load a.yaml --load b.yaml connection/driver=simulated connection/table=orders customer-migrator/migration=shout",
			"starter watch --config 'my config' --load a.yaml --load b.yaml connection/driver=simulated connection/table=orders customer-migrator/migration=shout",
			"starter cancel --config 'my config' --load a.yaml --load b.yaml connection/driver=simulated connection/table=orders customer-migrator/migration=shout"},
		{"a part", flags{environment: "localhost", part: activities.Part{From: "EU\t1", To: "O'Hara"}},
			"starter --from 'EU\t1' --to 'O'\\''Hara'", "starter watch", "starter cancel"},
		{"a run of another table that was found", flags{environment: "localhost", name: "shout", table: "my orders"},
			"starter 'customer-migrator/migration=shout@my orders'", "starter watch 'shout@my orders'", "starter cancel 'shout@my orders'"},
		{"a run that was found though another table was said", flags{environment: "localhost", name: "shout", table: "orders", arguments: []string{"connection/table=items", "customer-migrator/migration=shout"}},
			"starter customer-migrator/migration=shout@orders", "starter watch shout@orders", "starter cancel shout@orders"},
		{"a worker's table that was found", flags{environment: "localhost", table: "orders", arguments: []string{"customer-migrator/migration=shout"}},
			"starter connection/table=orders customer-migrator/migration=shout", "starter watch connection/table=orders customer-migrator/migration=shout", "starter cancel connection/table=orders customer-migrator/migration=shout"},
		{"a file", flags{environment: "localhost", customers: "ids.txt"}, "starter --file ids.txt", "starter watch", "starter cancel"},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.start, test.given.again(""))
			require.Equal(t, test.watch, test.given.again("watch"))
			require.Equal(t, test.cancel, test.given.again("cancel"))
		})
	}
}
