package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

func TestSetsAtOnce(t *testing.T) {
	load := func(arguments ...string) (*config.Configuration, error) {
		return config.Load(config.Sources{Environment: "localhost", Arguments: arguments, Getenv: environment(nil)})
	}
	loaded, err := load()
	require.NoError(t, err)
	require.Equal(t, "auto", loaded.CustomerMigrator.SetsAtOnce.String())
	loaded, err = load("customer-migrator/sets-at-once=4")
	require.NoError(t, err)
	require.Equal(t, 4, loaded.CustomerMigrator.SetsAtOnce.Value())
}
