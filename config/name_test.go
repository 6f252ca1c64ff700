package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

// TestAMigrationsNameMayHaveItsTable behind an @, as lists print it.
func TestAMigrationsNameMayHaveItsTable(t *testing.T) {
	for _, test := range []struct {
		file             string
		arguments        []string
		migration, table string
		problem          string
	}{
		{"", []string{"customer-migrator/migration=bad@items"}, "bad", "items", ""},
		{"", []string{"customer-migrator/migration=bad@größe 1@x"}, "bad", "größe 1@x", ""},
		{"", []string{"customer-migrator/migration=bad@items", "connection/table=items"}, "bad", "items", ""},
		{"", []string{"customer-migrator/migration=bad", "connection/table=a@b"}, "bad", "a@b", ""},
		{"connection: {table: orders}", []string{"customer-migrator/migration=bad@items"}, "bad", "items", ""},
		{"customer-migrator: {migration: bad@items}", nil, "bad", "items", ""},
		{"", []string{"customer-migrator/migration=bad@items", "connection/table=orders"}, "", "", "argument: customer-migrator/migration: its table is items, but connection/table is orders (argument); leave one of them out"},
		{"customer-migrator: {migration: bad@items}", []string{"connection/table=orders"}, "", "", "its table is items, but connection/table is orders"},
		{"", []string{"customer-migrator/migration=bad@"}, "", "", `"bad@" must be a migration's name, or one with its table, such as shout@orders`},
		{"", []string{"customer-migrator/migration=@items"}, "", "", `"@items" must be a migration's name`},
	} {
		path := filepath.Join(t.TempDir(), "a.yaml")
		require.NoError(t, os.WriteFile(path, []byte(test.file), 0o600))
		loaded, err := config.Load(config.Sources{Environment: "localhost", Files: []string{path}, Arguments: test.arguments, Getenv: os.LookupEnv})
		if test.problem != "" {
			require.ErrorContains(t, err, test.problem)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, test.migration, loaded.CustomerMigrator.Migration)
		require.Equal(t, test.table, loaded.Connection.Table)
		require.True(t, loaded.Said("connection/table"))
	}
}
