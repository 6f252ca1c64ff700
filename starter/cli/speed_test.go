package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpeedInWords(t *testing.T) {
	begun := time.Unix(1700000000, 0)
	measured := speedometer{}
	measured.add(begun, 0)
	require.Empty(t, measured.text(100, 0), "one sample is no speed")
	measured.add(begun.Add(2*time.Second), 200)
	require.Equal(t, "100/s, about 12 seconds left", measured.text(1200, 0))
	require.Equal(t, "100/s, less than a second left", measured.text(50, 0))
	require.Equal(t, "100/s, about 2 minutes left", measured.text(1200, 10), "a lower rate holds by now")
	require.Equal(t, "100/s, about 12 seconds left", measured.text(1200, 1000))
}
