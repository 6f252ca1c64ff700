package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/idfile"
)

// Scan is how far the scanner has come.
type Scan struct {
	// Cursor is the last key that was scanned; nil: none yet.
	Cursor database.Key `json:"cursor,omitempty"`
	// UpTo is the last key to scan: rows behind it came after the start.
	UpTo database.Key `json:"up_to,omitempty"`
	// Sequence is that of the last range.
	Sequence int64 `json:"sequence"`
	Done     bool  `json:"done"`
	// Saved is the sequence of the paging state that was last sent to be saved.
	Saved int64 `json:"saved,omitempty"`
	// Estimate is about how many customers there are to scan.
	Estimate int64 `json:"estimate"`
	// DeadLetters of earlier runs are tried before the scan goes on, since
	// they lie behind its cursor.
	DeadLetters      bool         `json:"dead_letters,omitempty"`
	DeadLetterCursor database.Key `json:"dead_letter_cursor,omitempty"`
	// Offset is how far a file of customer ids has been read.
	Offset int64 `json:"offset,omitempty"`
	// Sweep counts the passes over the table, from 0; MigratedBefore is what
	// had been migrated when the pass began.
	Sweep          int   `json:"sweep,omitempty"`
	MigratedBefore int64 `json:"migrated_before,omitempty"`
	// ScannedBefore is what had been scanned then, and Seen how many rows the pass has
	// seen since; the first one's are Totals.Scanned.
	ScannedBefore int64 `json:"scanned_before,omitempty"`
	Seen          int64 `json:"seen,omitempty"`
}

// deadLetterPage is how many dead letters are asked for at a time.
const deadLetterPage = 200

func (s *Scan) start(begun activities.Begun) {
	s.Cursor, s.UpTo = begun.Position, begun.Bound.UpTo
	if s.Cursor == nil {
		s.Cursor = begun.Bound.After
	}
	s.Estimate = begun.Bound.Estimate + int64(begun.Failed)
	s.DeadLetters = begun.Failed > 0
	s.Done = !s.DeadLetters && s.UpTo == nil
}

// startFile goes through the file, whatever a prior run has left behind.
func (s *Scan) startFile(file idfile.Identity) { s.Estimate = file.Customers }

// startLetters goes through the rows alone that have a dead letter.
func (s *Scan) startLetters() { s.DeadLetters = true }

// scan feeds the buffer until the scan's end.
func (o *overseer) scan(ctx workflow.Context) {
	for {
		err := workflow.Await(ctx, func() bool { return !o.halted() && (o.room() || o.sweepDue() || o.closingDue()) })
		if err != nil {
			return
		}
		o.crew.scanning = true
		working := o.crew.working
		switch {
		case !o.state.Scan.Done:
			err = o.nextPage(ctx)
		case o.sweepDue():
			err = o.sweepAgain(ctx)
		default:
			err = o.close(ctx)
		}
		o.crew.scanning = false
		if err != nil {
			o.broken(working, err)
		}
		o.describe()
	}
}

// room reports whether the scanner should read on: at half of its capacity the
// buffer is filled again, by a page that is worth its activity.
func (o *overseer) room() bool {
	if o.state.Scan.Done || o.state.Buffer.bytes() > bufferBytes {
		return false
	}
	return o.state.Buffer.Customers() <= o.state.Sizing.capacity(o.limits)/2
}

// pageSize is how many customers the next page should have, and rangeSize how many
// its ranges.
func (o *overseer) pageSize() int {
	return max(1, o.state.Sizing.capacity(o.limits)-o.state.Buffer.Customers())
}

func (o *overseer) rangeSize() int {
	seen := o.state.Account.Totals.Scanned
	if o.state.Scan.Sweep > 0 {
		seen = o.state.Scan.Seen
	}
	return o.state.Sizing.lastRangeSize(o.limits, o.state.Scan.Estimate-seen, o.pageSize())
}

func (o *overseer) nextPage(ctx workflow.Context) error {
	if o.settings.File != nil {
		return o.nextFilePage(ctx)
	}
	if o.state.Scan.DeadLetters {
		return o.nextDeadLetters(ctx)
	}
	request := activities.PageRequest{Order: o.order(), After: o.state.Scan.Cursor, UpTo: o.state.Scan.UpTo,
		RangeSize: o.rangeSize(), FetchSize: o.limits.FetchSize,
		Customers: o.pageSize(), LowWater: o.state.Account.LowWater}
	var page activities.Page
	err := workflow.ExecuteActivity(batchOptions(o.crew.working, scanSummary(request.After)), o.scanner.ScanPage, request).Get(ctx, &page)
	if err != nil {
		return err
	}
	for _, end := range page.Ends {
		o.found(database.Range{After: o.state.Scan.Cursor, UpTo: end.UpTo, Customers: end.Customers, Fresh: o.fresh()})
		o.state.Scan.Cursor = end.UpTo
	}
	if page.Through != nil {
		o.state.Scan.Cursor = page.Through
	}
	o.state.Scan.Done = page.Done
	return nil
}

// fresh reports whether the ledger can have no row of what the scan finds: nobody has
// been there before.
func (o *overseer) fresh() bool { return o.state.Begun.Run.Number == 1 && o.state.Scan.Sweep == 0 }

// nextFilePage finds the next ranges of the file. They bear no position: the
// paging state is the table scan's.
func (o *overseer) nextFilePage(ctx workflow.Context) error {
	scan := &o.state.Scan
	request := activities.FilePageRequest{Order: o.order(), Offset: scan.Offset, RangeSize: o.rangeSize(),
		Customers: o.pageSize()}
	var page activities.FilePage
	err := workflow.ExecuteActivity(batchOptions(o.crew.working, fmt.Sprintf("scan %s after byte %d", o.settings.File.Name, scan.Offset)), o.scanner.ScanFile, request).Get(ctx, &page)
	if err != nil {
		return err
	}
	for _, end := range page.Ends {
		o.found(database.Range{Bytes: &database.ByteRange{From: scan.Offset, To: end.To}, Customers: end.Customers})
		scan.Offset = end.To
	}
	scan.Done = page.Done
	return nil
}

// found hands out a range of the pass's rows.
func (o *overseer) found(part database.Range) {
	o.state.Scan.Seen += int64(part.Customers)
	o.handOut(part, o.state.Scan.Sweep > 0)
}

// handOut numbers a range, opens its account and puts it into the buffer.
func (o *overseer) handOut(part database.Range, again bool) {
	part.Sequence = o.nextSequence()
	o.state.Account.scanned(part, again)
	o.state.Buffer.put(part)
}

// foundAgain hands out rows that may have been handed out before.
func (o *overseer) foundAgain(ctx workflow.Context, keys []database.Key) {
	for _, part := range o.listed(ctx, keys) {
		part.Sequence = o.nextSequence()
		o.state.Account.scannedAgain(part)
		o.state.Buffer.put(part)
	}
}

func (o *overseer) nextSequence() int64 {
	o.state.Scan.Sequence++
	return o.state.Scan.Sequence
}

// listed are ranges of rows that are named by their keys, and may stand in the ledger: as
// many as there are processes, so that none waits while another has all of them.
func (o *overseer) listed(ctx workflow.Context, keys []database.Key) []database.Range {
	size := len(keys)
	if workflow.GetVersion(ctx, changeSharedLists, workflow.DefaultVersion, 1) == 1 {
		size = max(LeastBatch, (len(keys)+o.limits.Processes-1)/max(1, o.limits.Processes))
	}
	var parts []database.Range
	for piece := range slices.Chunk(keys, size) {
		parts = append(parts, database.Range{Keys: piece, Customers: len(piece), Worked: true})
	}
	return parts
}

// changeSharedLists is since when rows named by their keys are shared by the processes.
const changeSharedLists = "shared lists"

// nextDeadLetters queues customers whom an earlier run could not migrate.
func (o *overseer) nextDeadLetters(ctx workflow.Context) error {
	request := activities.DeadLetterList{Order: o.order(), After: o.state.Scan.DeadLetterCursor, UpTo: o.state.Begun.Position, Limit: deadLetterPage}
	var page activities.FailedRows
	err := workflow.ExecuteActivity(shortOptions(o.crew.working, "dead letters of earlier runs"), o.scanner.ListDeadLetters, request).Get(ctx, &page)
	if err != nil {
		return err
	}
	if len(page.Keys) > 0 {
		for _, part := range o.listed(ctx, page.Keys) {
			o.found(part)
		}
	}
	o.state.Scan.DeadLetterCursor = page.Next
	if page.Next == nil {
		o.state.Scan.DeadLetters = false
		o.state.Scan.Done = o.state.Scan.UpTo == nil
	}
	return nil
}

// sweepDue reports whether the table is to be gone through once more: the pass is
// over and has found something.
func (o *overseer) sweepDue() bool {
	scan := o.state.Scan
	return o.settings.File == nil && !o.settings.Retry && !o.settings.DryRun && scan.Done && scan.Sweep < o.limits.Sweeps && o.state.Account.Totals.Migrated > scan.MigratedBefore &&
		len(o.state.Account.Open) == 0
}

func (o *overseer) sweepAgain(ctx workflow.Context) error {
	var bound database.Bound
	err := workflow.ExecuteActivity(shortOptions(o.crew.working, "where the next sweep ends"), o.scanner.FindBound, activities.BoundRequest{Order: o.order(), Part: o.settings.Part()}).Get(ctx, &bound)
	if err != nil {
		return err
	}
	o.endSweep()
	o.state.Account.nextPass()
	scan := &o.state.Scan
	scan.Sweep++
	scan.MigratedBefore, scan.ScannedBefore, scan.Seen = o.state.Account.Totals.Migrated, o.state.Account.Totals.Scanned, 0
	scan.Cursor, scan.UpTo, scan.Done = bound.After, bound.UpTo, bound.UpTo == nil
	scan.Estimate = bound.Estimate
	return nil
}

// endSweep corrects the totals after a pass that was not the first.
func (o *overseer) endSweep() {
	if o.state.Scan.Sweep > 0 {
		o.state.Account.endPass(o.state.Scan.Seen, o.state.Scan.ScannedBefore)
	}
}
