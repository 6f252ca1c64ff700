package integration_test

import (
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// seed decides when things are killed; SOAK_SEED repeats those of an earlier soak.
var seed = sync.OnceValues(func() (uint64, error) {
	if text := os.Getenv("SOAK_SEED"); text != "" {
		return strconv.ParseUint(text, 10, 64)
	}
	return uint64(time.Now().UnixNano()), nil
})

// dice are a test's own, so that tests beside each other take no number from it. What
// they decide is said with the seed.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	common, err := seed()
	require.NoError(t, err)
	name := fnv.New64a()
	_, _ = name.Write([]byte(t.Name()))
	t.Logf("SOAK_SEED=%d", common)
	return rand.New(rand.NewPCG(common, name.Sum64()))
}

func TestDiceRepeat(t *testing.T) {
	require.Equal(t, dice(t).Uint64(), dice(t).Uint64())
}
