package board

import "time"

// Status is how a job is getting on; it chooses the colour.
type Status int

// Statuses.
const (
	Normal  Status = iota
	Success        // green
	Warning        // yellow
	Error          // red
)

// JobOptions say how a job is added.
type JobOptions struct {
	// Prefix stands before the job's text.
	Prefix string
	// Pinned keeps the job at the bottom, below all others.
	Pinned bool
	// Kind is what jobs are called that share a line on a small screen where they say
	// the same: processes. Empty: the job keeps its line.
	Kind string
}

// Job is one line of the board. Its methods may be called from any goroutine.
type Job struct {
	board *Board
	line  Line
	// printed is the text that minimal mode printed last, and when.
	printed   string
	printedAt time.Time
}

// Line is the state of one job, as Render draws it.
type Line struct {
	Prefix string
	Text   string
	Status Status
	Pinned bool
	Kind   string
	// Completed jobs move above the active ones.
	Completed   bool
	CompletedAt int
	// Current of Target is drawn as a progress bar, if Target is not 0.
	Current, Target int64
	// UpdatedAt is when the line last changed.
	UpdatedAt time.Time
}

// Update changes the job's text.
func (j *Job) Update(text string) {
	j.change(func(line *Line) { line.Text = text })
}

// SetStatus changes the job's colour.
func (j *Job) SetStatus(status Status) {
	j.change(func(line *Line) { line.Status = status })
}

// SetProgress draws a progress bar before the text.
func (j *Job) SetProgress(current, target int64) {
	j.change(func(line *Line) { line.Current, line.Target = current, target })
}

// ClearProgress takes the progress bar away.
func (j *Job) ClearProgress() { j.SetProgress(0, 0) }

// Complete moves the job above the active ones, where it stays.
func (j *Job) Complete() {
	j.change(func(line *Line) {
		if !line.Completed {
			j.board.completed++
			line.Completed, line.CompletedAt = true, j.board.completed
		}
	})
}

func (j *Job) change(change func(*Line)) {
	j.board.mutex.Lock()
	defer j.board.mutex.Unlock()
	if j.board.closed {
		return
	}
	before := j.line
	change(&j.line)
	if j.line != before {
		j.line.UpdatedAt = j.board.now()
		j.board.screen.changed(j.board, j)
	}
}
