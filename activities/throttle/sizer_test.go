package throttle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheSizeOfTransactions: those that hold their locks for too long become smaller, as
// far as that helps.
func TestTheSizeOfTransactions(t *testing.T) {
	for name, test := range map[string]struct {
		transaction, row time.Duration
		atLeast, atMost  int
	}{
		"quick":                          {time.Millisecond, 10 * time.Microsecond, 1000, 1000},
		"slow rows":                      {time.Millisecond, 10 * time.Millisecond, 12, 50},
		"a row that is slow by itself":   {0, 2 * time.Second, 1, 1},
		"a busy server":                  {2 * time.Second, time.Microsecond, 100, 200},
		"a busy server with slow rows":   {2 * time.Second, 100 * time.Millisecond, 5, 50},
		"slow, and its rows even slower": {100 * time.Millisecond, time.Second, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			sizer := NewSizer(500 * time.Millisecond)
			for range 1000 {
				rows := sizer.Next()
				sizer.Observe(rows, test.transaction+time.Duration(rows)*test.row)
			}
			require.GreaterOrEqual(t, sizer.Next(), test.atLeast)
			require.LessOrEqual(t, sizer.Next(), test.atMost)
		})
	}
}

// TestTransactionsBesideEachOther: twenty that were begun with one size make the next
// half as large, once.
func TestTransactionsBesideEachOther(t *testing.T) {
	sizer := NewSizer(500 * time.Millisecond)
	for range 20 {
		sizer.Observe(200, time.Second)
	}
	require.Equal(t, 100, sizer.Next())
	sizer.Interrupted(100)
	require.Equal(t, 50, sizer.Next())
	sizer.Interrupted(1)
	require.Equal(t, 1, sizer.Next())
}
