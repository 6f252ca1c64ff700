package settle

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestASpreadHasTheEndsAndWhatLiesBetween, however many keys there are.
func TestASpreadHasTheEndsAndWhatLiesBetween(t *testing.T) {
	for _, count := range []int{0, 1, 3, 30, 47, 1000, 100_000} {
		var spread Spread
		for i := range count {
			spread.Add(database.Key{strconv.Itoa(i)}, 32)
		}
		keys := spread.Keys()
		require.LessOrEqual(t, len(keys), 48)
		require.GreaterOrEqual(t, len(keys), min(count, 32))
		last, widest := -1, 0
		for _, key := range keys {
			number, err := strconv.Atoi(key[0])
			require.NoError(t, err)
			require.Greater(t, number, last)
			widest, last = max(widest, number-last), number
		}
		require.Equal(t, count-1, last)
		require.LessOrEqual(t, widest, max(1, count/8))
	}
}
