package service

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMemoryLimit(t *testing.T) {
	for name, test := range map[string]struct {
		inUse uint64
		rows  int64
		limit int64
	}{
		"nothing in use":  {0, 512 << 20, usualMemory},
		"usual work":      {10 << 20, 512 << 20, usualMemory},
		"as much as fits": {18 << 20, 512 << 20, usualMemory},
		"wide rows":       {100 << 20, 512 << 20, 208 << 20},
		"heavy rows":      {400 << 20, 512 << 20, 520 << 20},
		"beyond all":      {800 << 20, 512 << 20, 1008 << 20},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.limit, memoryLimit(test.inUse, test.rows)) })
	}
}

// TestMemoryFollowsWhatIsInUse up and down: the limit is never below what is in use.
func TestMemoryFollowsWhatIsInUse(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	restoreMemory(t)
	boundMemory(t.Context(), 512<<20)
	require.EqualValues(t, usualMemory, debug.SetMemoryLimit(-1))
	rows := make([]byte, 64<<20)
	requireLimit(t, func(limit int64) bool { return limit >= 2*int64(len(rows)) })
	runtime.KeepAlive(rows)
	requireLimit(t, func(limit int64) bool { return limit == usualMemory })
}

// TestGoVariablesOverrideTheBounds of memory.
func TestGoVariablesOverrideTheBounds(t *testing.T) {
	for _, variable := range []string{"GOGC", "GOMEMLIMIT"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv("GOGC", "")
			t.Setenv("GOMEMLIMIT", "")
			t.Setenv(variable, "100")
			restoreMemory(t)
			boundMemory(t.Context(), 512<<20)
			require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(-1))
		})
	}
}

func restoreMemory(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

func requireLimit(t *testing.T, holds func(limit int64) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		runtime.GC()
		return holds(debug.SetMemoryLimit(-1))
	}, 30*time.Second, 10*time.Millisecond)
}
