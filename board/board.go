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

// Options say how a board is opened. The zero value of each is its default.
type Options struct {
	// Output is where the board is drawn; nil: standard output.
	Output io.Writer
	Mode   Mode
	// DimAfter is after how long a line without a change is dimmed (500 ms).
	DimAfter time.Duration
	// Refresh is how often the board is drawn, if something changed (100 ms).
	Refresh time.Duration
	// MinimalEvery bounds how often minimal mode prints a line of one job; 0:
	// each change of its text. A job's final text is always printed.
	MinimalEvery time.Duration
	// NoColor leaves out colours and other attributes, as a NO_COLOR in the
	// environment that is not empty does.
	NoColor bool
	// Size is the terminal's size, Now the time: for tests.
	Size func() (width, height int)
	Now  func() time.Time
}

// Board is a status board. Its methods may be called from any goroutine. Defer
// Close as soon as it is open: a program that ends without it, by os.Exit or by
// a signal that it does not catch, leaves the terminal without a cursor.
type Board struct {
	options Options
	screen  screen
	stop    chan struct{}
	stopped sync.WaitGroup
	closing sync.Once

	mutex     sync.Mutex // guards what follows, and the jobs
	jobs      []*Job
	completed int
	above     []string
	writers   []*lineWriter
	closed    bool
}

// screen is where the board is shown: a terminal, or plain lines. Only the
// board's own goroutine calls show and restore.
type screen interface {
	// changed is told of each change of a job, while the board is locked.
	changed(board *Board, job *Job)
	show(board *Board, last bool)
	// restore shows the cursor again if it is hidden.
	restore(board *Board)
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
	board.screen = newScreen(&board.options)
	board.stopped.Add(1)
	go board.run()
	return board, nil
}

// Plain reports whether the board writes plain lines, as where there is no terminal.
func (b *Board) Plain() bool {
	_, plain := b.screen.(plainLines)
	return plain
}

func newScreen(options *Options) screen {
	file, isFile := options.Output.(*os.File)
	if isFile && options.Size == nil && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		options.Size = func() (int, int) { return terminalSize(file) }
	}
	if options.Mode == Minimal || options.Size == nil {
		return plainLines{}
	}
	return &terminal{plain: options.NoColor || os.Getenv("NO_COLOR") != ""}
}

// terminalSize is 80×24 where the terminal does not know its size.
func terminalSize(file *os.File) (width, height int) {
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
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
	job := &Job{board: b, line: Line{Prefix: options.Prefix, Pinned: options.Pinned, Kind: options.Kind, UpdatedAt: b.now()}}
	b.jobs = append(b.jobs, job)
	return job
}

// run is the one goroutine that writes to the terminal.
func (b *Board) run() {
	defer b.stopped.Done()
	defer b.screen.restore(b) // on a panic in here too
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
// more than once. What is printed later still comes out, below the board.
func (b *Board) Close() {
	b.closing.Do(func() {
		b.endLines()
		close(b.stop)
		b.stopped.Wait()
		b.mutex.Lock()
		defer b.mutex.Unlock()
		b.closed = true
		b.flush()
	})
}

// take takes what is to be drawn: the lines, and what is to go above them.
func (b *Board) take() (lines []Line, above []string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, job := range b.jobs {
		lines = append(lines, job.line)
	}
	above, b.above = b.above, nil
	return lines, above
}
