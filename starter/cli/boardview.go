package cli

import (
	"fmt"
	"io"
	"slices"
	"time"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/workflows"
)

// boardView draws the status board: the scanner, the processes, the summary.
type boardView struct {
	board     *board.Board
	scanner   *board.Job
	processes []*board.Job
	notes     *board.Job
	progress  *board.Job
	summary   *board.Job
	// plain lines say nothing of processes that have nothing in hand.
	plain bool
	speed speedometer
	// shown are the totals with what running batches have come to; they never
	// go back, though an attempt that is repeated does.
	shown workflows.Totals
}

func newView(form string, configuration *config.Configuration, stdout io.Writer) (view, error) {
	if form == outputJSON {
		return &jsonView{output: stdout}, nil
	}
	mode := board.Console
	if form == outputMinimal {
		mode = board.Minimal
	}
	drawn, err := board.Open(board.Options{Output: stdout, Mode: mode, MinimalEvery: 5 * time.Second,
		DimAfter: configuration.StatusBoard.DimAfter.Duration(), Refresh: configuration.StatusBoard.Refresh.Duration()})
	if err != nil {
		return nil, err
	}
	return &boardView{board: drawn, plain: drawn.Plain()}, nil
}

func (v *boardView) show(seen observation) {
	if !seen.known {
		v.waiting(seen)
		return
	}
	v.total(seen)
	v.jobs(len(seen.status.Processes), seen.status.File == nil)
	if v.scanner != nil {
		apply(v.scanner, scannerLine(seen.status))
	}
	for i, process := range seen.status.Processes {
		if v.plain && (!process.Busy || isOver(seen.status.Phase)) {
			v.processes[i].Update("") // what it did before is not said any more
			continue
		}
		beat, beating := seen.beatOf(process)
		apply(v.processes[i], processLine(seen.status, process, beat, beating))
	}
	now := time.Now()
	if rests(seen) {
		v.speed = speedometer{} // how long the rest takes nobody knows, and then it is measured anew
	} else {
		v.speed.add(now, v.shown.Done())
	}
	apply(v.notes, noteLine(seen, now))
	apply(v.progress, progressLine(seen.status, v.shown, &v.speed))
	apply(v.summary, summaryLine(seen, v.shown, now))
}

// waiting is shown until a worker has answered for the first time.
func (v *boardView) waiting(seen observation) {
	v.jobs(0, false)
	text := "Waiting for the first status"
	if seen.stale != "" {
		text += ": " + seen.stale
	}
	apply(v.summary, line{text: text})
}

// jobs adds the board's jobs as they become known. A file of ids has no
// scanner to show.
func (v *boardView) jobs(processes int, scanning bool) {
	if v.summary == nil {
		v.notes = v.board.Add(board.JobOptions{Pinned: true})
		v.progress = v.board.Add(board.JobOptions{Pinned: true})
		v.summary = v.board.Add(board.JobOptions{Pinned: true})
	}
	if scanning && v.scanner == nil {
		v.scanner = v.board.Add(board.JobOptions{})
	}
	for len(v.processes) < processes {
		prefix := fmt.Sprintf("Process #%2d: ", len(v.processes)+1)
		v.processes = append(v.processes, v.board.Add(board.JobOptions{Prefix: prefix, Kind: "processes"}))
	}
}

// total adds what running batches have come to so far. Once none runs the status is
// exact.
func (v *boardView) total(seen observation) {
	totals, exact := seen.totals(), isOver(seen.status.Phase) || seen.status.Scanner.State == workflows.ScannerClosing && !busy(seen.status)
	v.shown.Migrated = later(v.shown.Migrated, totals.Migrated, exact)
	v.shown.Skipped = later(v.shown.Skipped, totals.Skipped, exact)
	v.shown.NeededAgain = later(v.shown.NeededAgain, totals.NeededAgain, exact)
	v.shown.Failed = later(v.shown.Failed, totals.Failed, exact)
}

// totals are the status's, with what running batches have come to so far.
func (o observation) totals() workflows.Totals {
	totals := o.status.Totals
	if isOver(o.status.Phase) {
		return totals
	}
	for _, process := range o.status.Processes {
		if beat, beating := o.beatOf(process); beating {
			add(&totals, beat)
		}
	}
	return totals
}

func busy(status workflows.Status) bool {
	return slices.ContainsFunc(status.Processes, func(process workflows.ProcessStatus) bool { return process.Busy })
}

func add(totals *workflows.Totals, beat activities.Progress) {
	for _, counts := range append([]activities.RangeCounts{{Counts: beat.Current}}, beat.Ranges...) {
		totals.Migrated += int64(counts.Migrated)
		totals.Skipped += int64(counts.Skipped)
		totals.NeededAgain += int64(counts.NeededAgain)
		totals.Failed += int64(counts.Failed)
	}
}

// later keeps a figure from going back; the last one is the truth.
func later(shown, seen int64, last bool) int64 {
	if last {
		return seen
	}
	return max(shown, seen)
}

func apply(job *board.Job, drawn line) {
	job.SetStatus(drawn.status)
	job.Update(drawn.text) // first: a bar that is full is drawn at once
	if drawn.target > 0 {
		job.SetProgress(drawn.current, drawn.target)
	} else {
		job.ClearProgress()
	}
	if drawn.completed {
		job.Complete()
	}
}

// lastFrame is how long the final board can be seen before the closing words.
const lastFrame = 200 * time.Millisecond

func (v *boardView) close(summary *workflows.Summary) {
	if summary != nil {
		time.Sleep(lastFrame)
	}
	v.board.Close()
}
