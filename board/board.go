package board

import (
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Mode is how the board is shown.
type Mode int

// Modes.
const (
	// Console updates lines in place. Without a terminal it becomes Minimal.
	Console Mode = iota
	// Minimal prints a plain line when a job's text changes.
	Minimal
)

// Options say how a board is opened. The zero value of each has a sense.
type Options struct {
	// Output is where the board is drawn; nil: standard output.
	Output io.Writer
	Mode   Mode
	// DimAfter is after how long a line without a change is dimmed (500 ms).
	DimAfter time.Duration
	// Refresh is how often the board is drawn, if something changed (100 ms).
	Refresh time.Duration
	// MinimalEvery bounds how often minimal mode prints a line of one job.
	MinimalEvery time.Duration
	// Size is the terminal's size, Now the time: for tests.
	Size func() (width, height int)
	Now  func() time.Time
}

// Board is a status board. Its methods may be called from any goroutine. Close
// must be called, on a panic too (defer it): it shows the cursor again.
type Board struct {
	options   Options
	screen    frames
	mutex     sync.Mutex
	jobs      []*Job
	completed int
	changed   bool
	above     []string
	stop      chan struct{}
	stopped   sync.WaitGroup
	closing   sync.Once
}

// frames shows frames: on a terminal, or as plain lines.
type frames interface {
	show(board *Board, last bool)
}

// Open opens a board and starts to draw it.
func Open(options Options) (*Board, error) {
	if options.Output == nil {
		options.Output = os.Stdout
	}
	if options.DimAfter == 0 {
		options.DimAfter = 500 * time.Millisecond
	}
	if options.Refresh == 0 {
		options.Refresh = 100 * time.Millisecond
	}
	board := &Board{options: options, stop: make(chan struct{})}
	board.screen = newFrames(&board.options)
	board.stopped.Add(1)
	go board.run()
	return board, nil
}

func newFrames(options *Options) frames {
	file, isFile := options.Output.(*os.File)
	if isFile && options.Size == nil && term.IsTerminal(int(file.Fd())) {
		options.Size = func() (int, int) {
			width, height, err := term.GetSize(int(file.Fd()))
			if err != nil || width == 0 || height == 0 {
				return 80, 24
			}
			return width, height
		}
	}
	if options.Mode == Minimal || options.Size == nil {
		return &plainLines{}
	}
	_, plain := os.LookupEnv("NO_COLOR")
	return &terminal{plain: plain}
}

func (b *Board) now() time.Time {
	if b.options.Now != nil {
		return b.options.Now()
	}
	return time.Now()
}

// Add adds a job below those that there are.
func (b *Board) Add(options JobOptions) *Job {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	job := &Job{board: b, line: Line{Prefix: options.Prefix, Pinned: options.Pinned, UpdatedAt: b.now()}}
	b.jobs = append(b.jobs, job)
	b.changed = true
	return job
}

// Println prints a line above the board.
func (b *Board) Println(text string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.above = append(b.above, clean(text))
	b.changed = true
}

// run is the one goroutine that writes to the terminal.
func (b *Board) run() {
	defer b.stopped.Done()
	ticker := time.NewTicker(b.options.Refresh)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			b.screen.show(b, true)
			return
		case <-ticker.C:
			b.screen.show(b, false)
		}
	}
}

// Close draws the last frame and leaves the terminal as it was. It may be called
// more than once.
func (b *Board) Close() {
	b.closing.Do(func() {
		close(b.stop)
		b.stopped.Wait()
	})
}

// take takes what is to be drawn: the lines, and what is to go above them.
func (b *Board) take() (lines []Line, above []string, changed bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, job := range b.jobs {
		lines = append(lines, job.line)
	}
	above, changed = b.above, b.changed
	b.above, b.changed = nil, false
	return lines, above, changed
}
