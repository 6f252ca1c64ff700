package driverkit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database/driverkit"
)

// TestSlabsHandOutEachElementOnce, and all of them zero.
func TestSlabsHandOutEachElementOnce(t *testing.T) {
	var slab driverkit.Slab[int]
	var all [][]int
	for i := range 2000 {
		taken := slab.Take(i % 7)
		require.Len(t, taken, i%7)
		for at := range taken {
			require.Zero(t, taken[at])
			taken[at] = i
		}
		_ = append(taken, -1) // moves, and does not reach into the next one
		all = append(all, taken)
	}
	for i, taken := range all {
		for _, element := range taken {
			require.Equal(t, i, element)
		}
	}
	require.Len(t, slab.Take(10_000), 10_000)
}
