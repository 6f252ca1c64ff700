package system_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
	"db-migrate/database/drivers"
	"db-migrate/migration"
	"db-migrate/migration/contact"
	"db-migrate/system"
)

// TestKeysThatDoNotGoWithTheDriver are refused by what the driver declares, with the
// place where they were set.
func TestKeysThatDoNotGoWithTheDriver(t *testing.T) {
	catalog, err := migration.NewCatalog([]migration.Migration{contact.Migration()}, "")
	require.NoError(t, err)
	refusal := func(driver string) error {
		loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: func(string) (string, bool) { return "", false }, Arguments: []string{
			"connection/driver=" + driver, "connection/url=somewhere", "customer-migrator/transaction-size=10", "customer-migrator/sets-at-once=2", "customer-migrator/in-flight=4"}})
		require.NoError(t, err)
		chosen, err := drivers.Named(driver)
		require.NoError(t, err)
		_, err = system.New(loaded, chosen, catalog, nil)
		return err
	}
	require.EqualError(t, refusal("postgres"), "argument: customer-migrator/in-flight: only a database without transactions has rows in flight; leave it at auto, and set customer-migrator/transaction-size")
	require.EqualError(t, refusal("cassandra"), "argument: customer-migrator/transaction-size: Cassandra has no transactions; leave it at auto, and set customer-migrator/in-flight, the rows that each process writes at once\n"+
		"argument: customer-migrator/sets-at-once: Cassandra has no sets; leave it at auto, and set customer-migration/processes, or customer-migrator/in-flight, the rows that each process writes at once")
}

// TestTheDatabaseIsNoLog: its lines would destroy the file, or give up its locks.
func TestTheDatabaseIsNoLog(t *testing.T) {
	catalog, err := migration.NewCatalog([]migration.Migration{contact.Migration()}, "")
	require.NoError(t, err)
	shop := filepath.Join(t.TempDir(), "shop.db")
	require.NoError(t, os.WriteFile(shop, nil, 0o600))
	require.NoError(t, os.Link(shop, shop+".link"))
	for _, name := range []string{shop, shop + "-wal", shop + ".link"} {
		loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: func(string) (string, bool) { return "", false },
			Arguments: []string{"connection/driver=sqlite", "connection/url=" + shop, "customer-migrator/log-file=" + name}})
		require.NoError(t, err)
		chosen, err := drivers.Named("sqlite")
		require.NoError(t, err)
		_, err = system.New(loaded, chosen, catalog, nil)
		require.EqualError(t, err, "argument: customer-migrator/log-file: it is a file of the database; name another one")
	}
}
