package board

import (
	"testing"
	"time"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
)

func TestElapsed(t *testing.T) {
	for _, test := range []struct {
		span time.Duration
		want string
	}{
		{0, "less than a second"},
		{999 * time.Millisecond, "less than a second"},
		{time.Second, "1 second"},
		{67 * time.Second, "1 minute, 7 seconds"},
		{2 * time.Hour, "2 hours"},
		{24*time.Hour + time.Minute, "1 day, 1 minute"},
		{8 * 24 * time.Hour, "1 week, 1 day"},
		{2*7*24*time.Hour + 3*time.Second, "2 weeks, 3 seconds"},
		{10_000 * 7 * 24 * time.Hour, "10,000 weeks"},
	} {
		require.Equal(t, test.want, Elapsed(test.span))
	}
}

func TestBar(t *testing.T) {
	require.Equal(t, "▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░  37% - 37/100", Bar(37, 100))
	require.Equal(t, "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0% - 0/1,432", Bar(-1, 1432))
	require.Equal(t, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓ 100% - 7/7", Bar(9, 7))
	require.Equal(t, "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0% - 0/1", Bar(0, 0))
}

// TestABarGivesWay: how fast and how long still say more than a bar's length.
func TestABarGivesWay(t *testing.T) {
	const text = "17,938/s, about 12 seconds left"
	const figures = "27% - 82,160/300,000  " + text
	for _, test := range []struct {
		width int
		drawn string
	}{
		{85, "▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░  " + figures},
		{84, "▓▓▓▓▓░░░░░░░░░░░░░░░  " + figures},
		{75, "▓▓▓▓▓░░░░░░░░░░░░░░░  " + figures},
		{74, "▓▓░░░░░░░░  " + figures},
		{65, "▓▓░░░░░░░░  " + figures},
		{64, figures},
		{9, figures},
	} {
		require.Equal(t, test.drawn, barWith(82160, 300000, text, test.width), test.width)
	}
	require.Equal(t, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓ 100% - 7/7  ", barWith(7, 7, "", 41), "no text takes no room")
}

func TestBytes(t *testing.T) {
	for size, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 3 << 19: "1.5 MiB", 5 << 40: "5.0 TiB"} {
		require.Equal(t, want, Bytes(size))
	}
}

func TestLinesAreCutBetweenCharacters(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"customer", 8, "customer"},
		{"customers", 8, "custome…"},
		{"日本語日本語", 7, "日本語…"},
		{"日本語日本語", 6, "日本…"},
		{"a👩‍👩‍👧b and more", 5, "a👩‍👩‍👧b…"},
		{"anything", 0, "anything"},
	} {
		got := cut(test.text, test.width)
		require.Equal(t, test.want, got)
		if test.width > 0 {
			require.LessOrEqual(t, uniseg.StringWidth(got), test.width)
		}
	}
}

func TestTextCannotSteerTheTerminal(t *testing.T) {
	require.Equal(t, "a b·[2Jc d·e·f·[g", Clean("a\nb\x1b[2Jc\td\ae\u202ef\u009b[g"))
}
