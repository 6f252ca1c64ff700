package board

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pterm/pterm"
	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// lines are a board in the middle of a run.
func lines(processes int, now time.Time) []Line {
	board := []Line{{Text: "Completed table scan, after 1,432 customer rows", Status: Success, Completed: true, CompletedAt: 1, UpdatedAt: now.Add(-time.Minute)}}
	for i := range processes {
		line := Line{Prefix: fmt.Sprintf("Process #%2d: ", i+1), Text: fmt.Sprintf("Migrating customer 4711%d … %d of 100", i, i), UpdatedAt: now.Add(-time.Duration(i) * 100 * time.Millisecond)}
		if i%7 == 3 {
			line.Text, line.Completed, line.CompletedAt = "Done", true, 10-i
		}
		board = append(board, line)
	}
	return append(board,
		Line{Text: "no worker answers; this is from 7 seconds ago", Status: Warning, Pinned: true, UpdatedAt: now},
		Line{Current: 530, Target: 1432, Text: "71/s, about 12 seconds left", Pinned: true, UpdatedAt: now},
		Line{Text: "Migrated 371 customers (159 previously migrated, 0 failures) in 1 minute, 7 seconds", Pinned: true, UpdatedAt: now.Add(-time.Second)})
}

func TestFrames(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct{ processes, width, height int }{{20, 80, 24}, {20, 200, 50}, {5, 40, 10}, {60, 80, 24}} {
		name := fmt.Sprintf("%d-processes-%dx%d", test.processes, test.width, test.height)
		t.Run(name, func(t *testing.T) {
			frame := Render(lines(test.processes, now), now, 500*time.Millisecond, Screen{Width: test.width, Height: test.height})
			require.Less(t, len(frame), test.height)
			golden(t, name, strings.Join(frame, "\n")+"\n")
		})
	}
}

// TestIdleProcessesShareALine, if there is no room for all of them.
func TestIdleProcessesShareALine(t *testing.T) {
	now := time.Now()
	waiting := func(number int, text string) Line {
		return Line{Prefix: fmt.Sprintf("Process #%2d: ", number), Kind: "processes", Text: text, UpdatedAt: now}
	}
	board := []Line{{Text: "Starting customer scan ...", UpdatedAt: now}, waiting(1, "Migrating customers 1 to 20")}
	for number := 2; number <= 20; number++ {
		board = append(board, waiting(number, "Waiting for customers to migrate"))
	}
	small := Render(board, now, time.Second, Screen{Width: 80, Height: 10, Plain: true})
	require.Equal(t, []string{"Starting customer scan ...", "Process # 1:  Migrating customers 1 to 20", "19 processes: Waiting for customers to migrate"}, small)
	large := Render(board, now, time.Second, Screen{Width: 80, Height: 40, Plain: true})
	require.Len(t, large, 21)
	require.Equal(t, "Process #20: Waiting for customers to migrate", large[20])
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestPlainFramesHaveNoEscapes(t *testing.T) {
	now := time.Now()
	frame := Render(lines(20, now), now, time.Second, Screen{Width: 80, Height: 40, Plain: true})
	require.NotContains(t, strings.Join(frame, ""), "\x1b")
}

func TestAFrameFitsAnyScreen(t *testing.T) {
	now := time.Now()
	for width := 1; width < 90; width += 4 {
		for height := 1; height < 40; height++ {
			frame := Render(lines(30, now), now, time.Second, Screen{Width: width, Height: height})
			require.LessOrEqual(t, len(frame), max(1, height-1), "%dx%d", width, height)
			for _, line := range frame {
				require.LessOrEqual(t, uniseg.StringWidth(pterm.RemoveColorFromString(line)), width, line)
			}
			require.Contains(t, frame[len(frame)-1], cut("Migrated 371 customers", width)[:1], "the summary is at the bottom")
		}
	}
}

func TestStyles(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name string
		line Line
		age  time.Duration
		want string
	}{
		{"just updated", Line{}, 0, "\x1b[1mtext\x1b[0m"},
		{"dim", Line{}, time.Second, "\x1b[2mtext\x1b[0m"},
		{"success", Line{Status: Success}, 0, "\x1b[1;32mtext\x1b[0m"},
		{"warning", Line{Status: Warning}, 0, "\x1b[1;33mtext\x1b[0m"},
		{"error", Line{Status: Error}, time.Second, "\x1b[31mtext\x1b[0m"},
		{"completed", Line{Completed: true}, time.Second, "\x1b[3mtext\x1b[0m"},
		{"completed now, green", Line{Completed: true, Status: Success}, 0, "\x1b[1;3;32mtext\x1b[0m"},
	} {
		test.line.Text, test.line.UpdatedAt = "text", now.Add(-test.age)
		require.Equal(t, []string{test.want}, Render([]Line{test.line}, now, 500*time.Millisecond, Screen{Width: 80, Height: 24}), test.name)
	}
}

func TestPrefixesAreAColumn(t *testing.T) {
	texts := func(width int) []string {
		return Render([]Line{{Text: "none"}, {Prefix: "a: ", Text: "first"}, {Prefix: "日本: ", Text: "second"}},
			time.Now(), 0, Screen{Width: width, Height: 24, Plain: true})
	}
	require.Equal(t, []string{"none", "a:    first", "日本: second"}, texts(80))
	require.Equal(t, []string{"none", "a: first", "日本: seco…"}, texts(11), "a wide prefix must not push the others' texts off a narrow screen")
}
