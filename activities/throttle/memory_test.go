package throttle

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

const mebibyte = 1 << 20

func TestWhatOneReadMayBring(t *testing.T) {
	require.Zero(t, ReadBytes(0, 20), "no bound")
	require.Equal(t, 8*mebibyte, ReadBytes(512*mebibyte, 8))
	require.Equal(t, leastRead, ReadBytes(mebibyte, 100))
}

// TestReadsFollowTheWeightOfRows at once if they get heavier, and step by step if they
// get lighter.
func TestReadsFollowTheWeightOfRows(t *testing.T) {
	memory := NewMemory(512*mebibyte, 8)
	require.Equal(t, 1000, memory.Rows(1000), "nothing is known yet")
	memory.Observe(1000, 1000*100)
	require.Equal(t, 1000, memory.Rows(1000), "rows as they are as a rule")
	memory.Observe(2, 10*mebibyte)
	require.Equal(t, 1, memory.Rows(1000), "rows of 5 MiB")
	memory.Observe(0, 0)
	require.Equal(t, 1, memory.Rows(1000), "a read without rows tells nothing")
	memory.Observe(1, 100*mebibyte)
	require.Equal(t, 1, memory.Rows(1000), "one row is always read")
	for range 20 {
		memory.Observe(1, 100)
	}
	require.Equal(t, 1000, memory.Rows(1000))
}

// TestSetsAreWrittenAsLongAsThereIsRoom for them, first in, first out, and one always.
func TestSetsAreWrittenAsLongAsThereIsRoom(t *testing.T) {
	memory := NewMemory(80*mebibyte, 1)
	take := func(bytes int) (func(), error) {
		ended, end := context.WithCancel(t.Context())
		end()
		return memory.Take(ended, bytes)
	}
	first, err := memory.Take(t.Context(), 6*mebibyte)
	require.NoError(t, err)
	_, err = take(5 * mebibyte)
	require.ErrorIs(t, err, context.Canceled)
	second, err := memory.Take(t.Context(), 4*mebibyte)
	require.NoError(t, err, "who has given up is in nobody's way")
	let := make(chan func())
	go func() {
		release, _ := memory.Take(t.Context(), 1000*mebibyte)
		let <- release
	}()
	first()
	second()
	third := <-let
	_, err = take(1)
	require.ErrorIs(t, err, context.Canceled, "what is larger than all takes all")
	third()
	fourth, err := memory.Take(t.Context(), 10*mebibyte)
	require.NoError(t, err)
	fourth()
	require.Zero(t, memory.taken)
}

func TestNoBoundOfMemory(t *testing.T) {
	memory := NewMemory(0, 20)
	memory.Observe(1, 1<<40)
	require.Equal(t, 1000, memory.Rows(1000))
	release, err := memory.Take(t.Context(), 1<<40)
	require.NoError(t, err)
	release()
}
