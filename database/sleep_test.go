package database_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestSleepEndsWithItsContext, and no time is no wait, whatever the context.
func TestSleepEndsWithItsContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, database.Sleep(ended, time.Hour), context.Canceled)
	require.NoError(t, database.Sleep(ended, 0))
	require.NoError(t, database.Sleep(t.Context(), time.Millisecond))
}
