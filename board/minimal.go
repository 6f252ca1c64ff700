package board

import (
	"bytes"
	"time"
)

// plainLines prints a line when a job's text changes.
type plainLines struct{}

func (plainLines) show(board *Board, last bool) {
	board.mutex.Lock()
	var out bytes.Buffer
	for _, text := range board.above {
		out.WriteString(text + "\n")
	}
	board.above = nil
	now := board.now()
	for _, job := range board.jobs {
		if job.due(now, board.options.MinimalEvery, last) {
			out.WriteString(job.plain() + "\n")
			job.printed, job.printedAt = job.plain(), now
		}
	}
	board.mutex.Unlock()
	if out.Len() > 0 {
		_, _ = board.options.Output.Write(out.Bytes()) // nobody reads on: that stops nobody
	}
}

func (j *Job) plain() string { return clean(j.line.Prefix + j.line.Text) }

// due tells whether the job's line is to be printed: it has changed, and was not
// printed a moment ago. The final text is always printed.
func (j *Job) due(now time.Time, every time.Duration, last bool) bool {
	if j.line.Text == "" || j.plain() == j.printed {
		return false
	}
	return last || j.line.Completed || j.printedAt.IsZero() || now.Sub(j.printedAt) >= every
}
