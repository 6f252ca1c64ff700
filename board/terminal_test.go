package board

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hinshun/vt10x"
	"github.com/pterm/pterm"
	"github.com/stretchr/testify/require"
)

// bench is a board on a virtual terminal, drawn when the test says so.
type bench struct {
	board         *Board
	terminal      *terminal
	screen        vt10x.Terminal
	width, height int
	now           time.Time
	writes, bytes int
	last          string
}

func newBench(width, height int, plain bool) *bench {
	b := &bench{terminal: &terminal{plain: plain}, screen: vt10x.New(vt10x.WithSize(width, height)),
		width: width, height: height, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	b.board = &Board{screen: b.terminal, options: Options{Output: b, DimAfter: 500 * time.Millisecond,
		Size: func() (int, int) { return b.width, b.height }, Now: func() time.Time { return b.now }}}
	return b
}

func (b *bench) Write(text []byte) (int, error) {
	b.writes++
	b.bytes += len(text)
	b.last = string(text)
	return b.screen.Write(text)
}

func (b *bench) draw() { b.terminal.show(b.board, false) }

func (b *bench) resize(width, height int) {
	b.width, b.height = width, height
	b.screen.Resize(width, height)
}

// rows are the screen's rows down to the last that is not empty.
func (b *bench) rows() []string {
	var rows []string
	for _, row := range strings.Split(strings.TrimRight(b.screen.String(), "\n "), "\n") {
		rows = append(rows, strings.TrimRight(row, " "))
	}
	return rows
}

// want is what must be on the screen: what was above, and the frame.
func (b *bench) want(above ...string) []string {
	lines, _ := b.board.take()
	for _, line := range Render(lines, b.now, time.Second, Screen{Width: b.width, Height: b.height, Plain: true}) {
		above = append(above, strings.TrimRight(line, " "))
	}
	return above
}

func (b *bench) add(jobs []Line) (added []*Job) {
	for _, line := range jobs {
		job := b.board.Add(JobOptions{Prefix: line.Prefix, Pinned: line.Pinned})
		job.Update(line.Text)
		job.SetStatus(line.Status)
		job.SetProgress(line.Current, line.Target)
		if line.Completed {
			job.Complete()
		}
		added = append(added, job)
	}
	return added
}

func TestScreens(t *testing.T) {
	for _, test := range []struct{ processes, width, height int }{{20, 80, 24}, {20, 200, 50}, {5, 40, 10}, {60, 80, 24}} {
		name := fmt.Sprintf("%d-processes-%dx%d.screen", test.processes, test.width, test.height)
		t.Run(name, func(t *testing.T) {
			b := newBench(test.width, test.height, false)
			b.add(lines(test.processes, b.now))
			for range 3 {
				b.now = b.now.Add(300 * time.Millisecond)
				b.draw()
			}
			golden(t, name, strings.Join(b.rows(), "\n")+"\n")
		})
	}
}

func TestAFrameIsOneWriteAndOnlyWhenSomethingChanged(t *testing.T) {
	b := newBench(80, 24, false)
	job := b.add([]Line{{Prefix: "job: ", Text: "first"}})[0]
	b.draw()
	require.Equal(t, 1, b.writes)
	b.draw()
	require.Equal(t, 1, b.writes, "nothing has changed")
	b.now = b.now.Add(time.Second)
	b.draw()
	require.Equal(t, 2, b.writes, "the line has become dim")
	b.draw()
	require.Equal(t, 2, b.writes)
	job.Update("second")
	b.board.Println("above")
	b.draw()
	require.Equal(t, 3, b.writes)
	require.Equal(t, []string{"above", "job: second"}, b.rows())
	require.False(t, b.screen.CursorVisible())
	b.terminal.show(b.board, true)
	require.Equal(t, 4, b.writes)
	require.True(t, b.screen.CursorVisible())
}

func TestNothingIsWrittenForABoardWithoutJobs(t *testing.T) {
	b := newBench(80, 24, false)
	b.terminal.show(b.board, true)
	require.Zero(t, b.writes)
}

func TestResizingLeavesNoGarbage(t *testing.T) {
	b := newBench(100, 30, true)
	for i := range 20 {
		b.add([]Line{{Prefix: fmt.Sprintf("job %2d: ", i), Text: strings.Repeat("long ", 18)}})
	}
	b.draw()
	for _, size := range [][2]int{{40, 10}, {120, 40}, {60, 24}, {60, 3}, {1, 1}, {80, 24}} {
		b.resize(size[0], size[1])
		b.now = b.now.Add(time.Second)
		b.draw()
		require.Equal(t, b.want(), b.rows(), "%dx%d", size[0], size[1])
	}
}

func TestResizingKeepsWhatIsAbove(t *testing.T) {
	b := newBench(60, 24, true)
	fmt.Fprint(b.screen, "$ starter\r\n")
	for i := range 5 {
		b.add([]Line{{Prefix: fmt.Sprintf("job %d: ", i), Text: strings.Repeat("long ", 18)}})
	}
	for _, size := range [][2]int{{60, 24}, {90, 24}, {90, 12}, {200, 50}} {
		b.resize(size[0], size[1])
		b.draw()
		require.Equal(t, b.want("$ starter"), b.rows(), "%dx%d", size[0], size[1])
	}
}

// A terminal that wraps lines anew keeps the cursor in the last line's first
// cell: that many rows below the board's first one.
func TestRowsOfAFrameAfterItWasWrapped(t *testing.T) {
	frame := []string{"\x1b[1m1234567890\x1b[0m", "", "日本語日本", "12345", "the cursor's line, however long"}
	for width, want := range map[int]int{20: 4, 10: 4, 9: 6, 5: 6, 4: 3 + 1 + 3 + 2} {
		require.Equal(t, want, rowsAbove(frame, width), "width %d", width)
	}
	require.Zero(t, rowsAbove(nil, 80))
}

func TestTheBoardShrinksAndGrowsCleanly(t *testing.T) {
	b := newBench(40, 12, true)
	jobs := b.add(lines(7, b.now))
	b.draw()
	for i, job := range jobs[1:] {
		if i%2 == 0 {
			job.ClearProgress()
			job.Update("")
		}
		b.board.Println(fmt.Sprint("log ", i))
		b.draw()
	}
	rows, want := b.rows(), b.want()
	require.Equal(t, want, rows[len(rows)-len(want):])
	require.Equal(t, "log 9", rows[len(rows)-len(want)-1])
}

func TestWhatIsPrintedAboveIsWholeAndHarmless(t *testing.T) {
	b := newBench(20, 10, true)
	b.add([]Line{{Text: "working"}})
	b.draw()
	b.board.Println("one\x1b[2J\r\ntwo is longer than the screen\n")
	b.draw()
	require.Equal(t, []string{"one·[2J", "two is longer than t", "he screen", "working"}, b.rows())
}

func TestPtermIsLeftAsItWas(t *testing.T) {
	width, height, _ := pterm.GetTerminalSize()
	one, other := newBench(300, 10, true), newBench(20, 10, true)
	long := strings.Repeat("x", 290)
	for _, b := range []*bench{one, other} {
		b.add([]Line{{Text: long}, {Text: "second"}})
	}
	one.draw()
	other.draw()
	one.board.Println("above one")
	one.draw()
	require.Equal(t, []string{"above one", long, "second"}, one.rows(), "two boards do not draw into each other")
	require.Equal(t, []string{long[:19] + "…", "second"}, other.rows())
	gotWidth, gotHeight, _ := pterm.GetTerminalSize()
	require.Equal(t, [2]int{width, height}, [2]int{gotWidth, gotHeight})
}

func TestNoColor(t *testing.T) {
	size := func() (int, int) { return 80, 24 }
	for name, test := range map[string]struct {
		variable string
		option   bool
		want     bool
	}{"variable": {"1", false, false}, "empty variable": {"", false, true}, "option": {"", true, false}} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NO_COLOR", test.variable)
			var output bytes.Buffer
			board, err := Open(Options{Output: &output, Size: size, NoColor: test.option})
			require.NoError(t, err)
			board.Add(JobOptions{}).Update("text")
			board.Close()
			require.Equal(t, test.want, strings.Contains(output.String(), "m"), "%q", output.String())
		})
	}
}

func TestATerminalThatCanDoNothingGetsPlainLines(t *testing.T) {
	require.IsType(t, plainLines{}, newScreen(&Options{Output: os.Stdout, Mode: Minimal}))
	require.IsType(t, plainLines{}, newScreen(&Options{Output: &bytes.Buffer{}}))
}

// BenchmarkFrame draws frames of 20 processes that have all changed, the most
// that a board writes.
func BenchmarkFrame(b *testing.B) {
	bench := newBench(80, 24, false)
	jobs := bench.add(lines(20, bench.now))
	for i := 0; b.Loop(); i++ {
		bench.now = bench.now.Add(100 * time.Millisecond)
		for process, job := range jobs {
			job.Update(fmt.Sprintf("Migrating customer %d … %d of 1,000", i*process, i%1000))
		}
		bench.draw()
	}
	perFrame := float64(bench.bytes) / float64(bench.writes)
	b.ReportMetric(perFrame, "bytes/frame")
	b.ReportMetric(perFrame*10, "terminal-bytes/s")
	b.ReportMetric(float64(bench.writes)/float64(b.N), "writes/frame")
}
