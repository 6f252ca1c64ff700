package board

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hinshun/vt10x"
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

// recorder is a terminal that counts the writes.
type recorder struct {
	screen        vt10x.Terminal
	writes, bytes int
	last          string
}

func (r *recorder) Write(text []byte) (int, error) {
	r.writes++
	r.bytes += len(text)
	r.last = string(text)
	return r.screen.Write(text)
}

func newTestBoard(width, height *int, now *time.Time) (*Board, *recorder) {
	output := &recorder{screen: vt10x.New(vt10x.WithSize(*width, *height))}
	board := &Board{options: Options{Output: output, DimAfter: 500 * time.Millisecond,
		Size: func() (int, int) { return *width, *height }, Now: func() time.Time { return *now }}}
	return board, output
}

func TestAFrameIsOneWriteAndOnlyWhenSomethingChanged(t *testing.T) {
	width, height, now := 80, 24, time.Now()
	board, output := newTestBoard(&width, &height, &now)
	screen := &terminal{}
	job := board.Add(JobOptions{Prefix: "job: "})
	job.Update("first")
	screen.show(board, false)
	require.Equal(t, 1, output.writes)
	screen.show(board, false)
	require.Equal(t, 1, output.writes, "nothing has changed")
	now = now.Add(time.Second)
	screen.show(board, false)
	require.Equal(t, 2, output.writes, "the line has become dim")
	job.Update("second")
	screen.show(board, false)
	require.Equal(t, 3, output.writes)
	require.Contains(t, output.screen.String(), "job: second")
	require.NotContains(t, output.screen.String(), "first")
	screen.show(board, true)
	require.True(t, strings.HasSuffix(output.last, showCursor))
}

func TestResizingLeavesNoGarbage(t *testing.T) {
	width, height, now := 100, 30, time.Now()
	board, output := newTestBoard(&width, &height, &now)
	screen := &terminal{plain: true}
	for i := range 20 {
		board.Add(JobOptions{Prefix: fmt.Sprintf("job %d: ", i)}).Update(strings.Repeat("long ", 18))
	}
	screen.show(board, false)
	for _, size := range [][2]int{{40, 10}, {120, 40}, {60, 24}} {
		width, height = size[0], size[1]
		output.screen.Resize(width, height)
		now = now.Add(time.Second)
		screen.show(board, false)
		lines, _, _ := board.take()
		want := Render(lines, now, time.Second, Screen{Width: width, Height: height, Plain: true})
		var got []string
		for _, line := range strings.Split(strings.TrimRight(output.screen.String(), "\n "), "\n") {
			got = append(got, strings.TrimRight(line, " "))
		}
		for i := range want {
			want[i] = strings.TrimRight(want[i], " ")
		}
		require.Equal(t, want, got, "%dx%d", width, height)
	}
}
