package settle

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestASpreadHasTheEndsAndWhatLiesBetween, however many keys there are, and in whatever
// order their ranges were worked on.
func TestASpreadHasTheEndsAndWhatLiesBetween(t *testing.T) {
	const ofRange = 20
	for _, count := range []int{0, 1, 3, 30, 47, 1000, 100_000} {
		ranges := rand.Perm((count + ofRange - 1) / ofRange)
		var spread Spread
		for _, place := range ranges {
			for i := place * ofRange; i < min(count, (place+1)*ofRange); i++ {
				spread.Add(Placed{Key: database.Key{strconv.Itoa(i)}, Place: int64(place)}, 32)
			}
		}
		keys := spread.Keys()
		require.LessOrEqual(t, len(keys), 48)
		require.GreaterOrEqual(t, len(keys), min(count, 32))
		last := -1
		for i, key := range keys {
			number, err := strconv.Atoi(key[0])
			require.NoError(t, err)
			require.Greater(t, number, last)
			if i == 0 {
				require.Zero(t, number)
			}
			last = number
		}
		require.Equal(t, count-1, last)
	}
}

// TestASpreadIsEven where ranges are worked on in their order.
func TestASpreadIsEven(t *testing.T) {
	for _, count := range []int{1, 30, 47, 1000, 100_000} {
		var spread Spread
		for i := range count {
			spread.Add(Placed{Key: database.Key{strconv.Itoa(i)}, Place: int64(i)}, 32)
		}
		last := int64(-1)
		for _, key := range spread.Placed() {
			require.LessOrEqual(t, key.Place-last, int64(max(1, count/8)))
			last = key.Place
		}
	}
}
