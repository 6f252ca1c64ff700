package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

func TestSizes(t *testing.T) {
	load := func(value string) (config.Size, error) {
		loaded, err := config.Load(config.Sources{Environment: "localhost", Arguments: []string{"customer-migration/memory=" + value}, Getenv: environment(nil)})
		if err != nil {
			return 0, err
		}
		return loaded.CustomerMigration.Memory, nil
	}
	for text, bytes := range map[string]int64{"64MiB": 64 << 20, "1_024MiB": 1 << 30, "2GiB": 2 << 30, "131072KiB": 128 << 20} {
		size, err := load(text)
		require.NoError(t, err)
		require.Equal(t, bytes, size.Bytes(), text)
	}
	for text, complaint := range map[string]string{
		"512": "must be a whole number with its unit", "512MB": "must be a whole number with its unit", "1.5GiB": "must be a whole number with its unit", "-1GiB": "must be a whole number with its unit",
		"99999999999GiB": "must be a whole number with its unit", "1MiB": "1MiB is out of range; it must be a number of bytes from 64MiB to 1TiB", "2TiB": "2TiB is out of range"} {
		_, err := load(text)
		require.ErrorContains(t, err, complaint, text)
		require.ErrorContains(t, err, "customer-migration/memory", text)
	}
	require.Equal(t, "1536MiB", config.Size(1536<<20).String())
	require.Equal(t, "1000", config.Size(1000).String())
}
