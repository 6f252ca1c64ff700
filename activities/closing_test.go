package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSmallerWindows: they begin with a quarter of what there is.
func TestSmallerWindows(t *testing.T) {
	for _, test := range []struct{ estimate, size, smaller int64 }{
		{1500, 0, 375}, {1500, 375, 100}, {50_000_000, ClosingRows, ClosingRows / 4}, {0, 0, leastClosing}, {1500, leastClosing, leastClosing},
	} {
		require.Equal(t, test.smaller, ClosingRequest{Estimate: test.estimate}.smaller(test.size), test)
	}
}
