package board

import (
	"io"
	"strings"
	"time"
)

// plainLines prints a line when a job's text changes.
type plainLines struct{}

func (plainLines) restore(*Board) {}

func (plainLines) changed(board *Board, job *Job) {
	board.say(job, board.now(), false)
}

// show writes the lines that have come up, among them those that had to wait for
// their turn (MinimalEvery).
func (plainLines) show(board *Board, last bool) {
	board.mutex.Lock()
	now := board.now()
	for _, job := range board.jobs {
		board.say(job, now, last)
	}
	lines := board.above
	board.above = nil
	board.mutex.Unlock()
	if len(lines) > 0 {
		_, _ = io.WriteString(board.options.Output, strings.Join(lines, "\n")+"\n") // nobody reads on: that stops nobody
	}
}

// say queues the job's line if it is due. The board is locked.
func (b *Board) say(job *Job, now time.Time, last bool) {
	if job.due(now, b.options.MinimalEvery, last) {
		job.printed, job.printedAt = job.plain(), now
		b.above = append(b.above, job.printed)
	}
}

// plain is the job's line without a bar, but with its figures.
func (j *Job) plain() string {
	text := j.line.Text
	if j.line.Target > 0 {
		text = figures(j.line.Current, j.line.Target, text)
	}
	return Clean(j.line.Prefix + text)
}

// due reports whether the job's line is to be printed: it has changed, and was not
// printed a moment ago. The final text is always printed.
func (j *Job) due(now time.Time, every time.Duration, last bool) bool {
	if j.line.Text == "" || j.plain() == j.printed {
		return false
	}
	return last || j.line.Completed || j.printedAt.IsZero() || now.Sub(j.printedAt) >= every
}
