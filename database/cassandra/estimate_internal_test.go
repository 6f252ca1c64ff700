package cassandra

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPartitionsOfOtherNodes: a node tells of its own parts of the ring only.
func TestPartitionsOfOtherNodes(t *testing.T) {
	half := int64(1) << 62
	for _, test := range []struct {
		name     string
		noted    []partitions
		begin    int64
		expected int
	}{
		{"the whole ring", []partitions{{math.MinInt64, 0, 600}, {0, math.MaxInt64, 400}}, math.MinInt64, 1000},
		{"a quarter of it", []partitions{{0, half, 250}}, math.MinInt64, 1000},
		{"around its end", []partitions{{half, -half, 500}}, math.MinInt64, 1000},
		{"behind the middle", []partitions{{math.MinInt64, 0, 600}, {0, math.MaxInt64, 400}}, 0, 500},
		{"nothing", nil, math.MinInt64, 0},
	} {
		require.InDelta(t, test.expected, spread(test.noted, test.begin), 1, test.name)
	}
}
