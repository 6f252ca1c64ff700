package commandline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/commandline"
)

func TestAnAddressHasAPort(t *testing.T) {
	for _, address := range []string{"localhost:7233", "[::1]:7233", "temporal.example.org:443", "dns:///temporal:7233", ":7233"} {
		require.NoError(t, commandline.CheckAddress(address), address)
	}
	for _, address := range []string{"localhost", "localhost:", "::1", "7233", "[::1]"} {
		require.ErrorContains(t, commandline.CheckAddress(address), "it must be host:port, such as localhost:7233", address)
	}
}
