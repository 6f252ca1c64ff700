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
	_, err = load("connection/driver=cassandra", "customer-migrator/sets-at-once=4")
	require.EqualError(t, err, "argument: customer-migrator/sets-at-once: Cassandra has no sets; leave it at auto, and set "+
		"customer-migration/processes, or customer-migrator/in-flight, the customers that each process writes at once")
}
