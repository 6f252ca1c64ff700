package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// closed reports whether nothing more is to be asked. A dry run has written nothing, and
// a run that began before there was a closing has no mode for it.
func (o *overseer) closed() bool {
	return o.settings.DryRun || o.limits.Closing == "" || o.state.Closing.Stage == closingDone
}

// closingDue reports whether the next step of the closing balance may be taken: all
// that was found is accounted for, and no batch is under way.
func (o *overseer) closingDue() bool {
	return o.state.Scan.Done && !o.closed() && !o.sweepDue() && len(o.state.Account.Open) == 0 && len(o.state.Buffer.Ranges) == 0 &&
		len(o.state.Troubled.Waiting) == 0 && !o.crew.migrating()
}

// close takes the next step.
func (o *overseer) close(ctx workflow.Context) error {
	switch closing := &o.state.Closing; closing.Stage {
	case "":
		o.beginClosing()
		return nil
	case closingLetters:
		return o.settleLetters(ctx)
	case closingCounts, closingRecounts:
		return o.countLeft(ctx)
	case closingSearches:
		return o.searchLeft(ctx)
	case closingTries:
		return o.tryLeft(ctx)
	case closingNames:
		return o.nameLeft(ctx)
	case closingWatches:
		return o.watch(ctx)
	}
	return nil
}

// beginClosing chooses the first stage. What a part of the table or a file leaves out
// keeps its dead letters.
func (o *overseer) beginClosing() {
	o.endSweep()
	if o.state.Closing.Stage = closingLetters; o.partial() {
		o.beginCounting()
	}
}

// beginCounting goes on to the count, unless the table is not to be asked.
func (o *overseer) beginCounting() {
	closing := &o.state.Closing
	closing.Stage, closing.Cursor = closingDone, nil
	if mode := o.limits.Closing; !o.nothingInPart() && (mode == activities.ClosingFull || mode == activities.ClosingCount) {
		closing.Stage = closingCounts
	}
	o.describeNow()
}

// nothingInPart reports whether the part of the table that the run covers has no row: a
// window without an end would be the rest of the table.
func (o *overseer) nothingInPart() bool { return !o.settings.Part().Whole() && o.partEnd() == nil }

// partEnd is the last key of the part; nil: it has none. The last row may be gone since.
func (o *overseer) partEnd() database.Key {
	if o.state.Scan.UpTo != nil {
		return o.state.Scan.UpTo
	}
	return o.state.Begun.Bound.UpTo
}

// settleLetters hands out the rows that still have a dead letter of an earlier run: the
// site has deleted or mended them since, or they were written after the scan had passed.
// Named one by one, they are settled, or fail anew.
func (o *overseer) settleLetters(ctx workflow.Context) error {
	closing := &o.state.Closing
	request := activities.DeadLetterList{Order: o.order(), After: closing.Cursor, Limit: deadLetterPage}
	var page activities.FailedRows
	err := workflow.ExecuteActivity(shortOptions(o.crew.working, "dead letters that are left"), o.scanner.ListDeadLetters, request).Get(ctx, &page)
	if err != nil {
		return err
	}
	if len(page.Keys) > 0 {
		for _, part := range o.listed(ctx, page.Keys) {
			o.handOut(part, true)
		}
	}
	if closing.Cursor = page.Next; closing.Cursor == nil {
		o.beginCounting()
	}
	return nil
}

// countLeft counts the next stretch, and reckons at its end.
func (o *overseer) countLeft(ctx workflow.Context) error {
	closing := &o.state.Closing
	var counted activities.Counted
	err := workflow.ExecuteActivity(batchOptions(o.crew.working, "whether nothing is left"), o.scanner.CountLeft, o.closingRequest()).Get(ctx, &counted)
	if err != nil {
		return err
	}
	closing.Counted.Add(counted.Balance)
	closing.Cursor, closing.Size = counted.Through, counted.Size
	closing.Keys = append(closing.Keys, counted.Keys...)
	if counted.Through != nil {
		return nil
	}
	if closing.Stage == closingCounts {
		o.reckoning().balance()
	} else {
		o.reckoning().balanceAgain()
	}
	return nil
}

// closingRequest asks for what of the table the run covers. Where a check tells who
// needs it, that is the whole table of a whole run: rows that its ranges have missed
// lie anywhere.
func (o *overseer) closingRequest() activities.ClosingRequest {
	closing := o.state.Closing
	request := activities.ClosingRequest{Order: o.order(), Full: o.searches(), Named: o.limits.Closing == activities.ClosingFull, Size: closing.Size,
		Estimate: max(o.state.Scan.Estimate, o.state.Account.Totals.Scanned), Window: database.Window{After: closing.Cursor}}
	request.Rows = closing.Stage == closingRecounts && o.state.Account.Again > 0
	if !o.settings.Part().Whole() {
		request.Window.UpTo, request.From = o.partEnd(), o.state.Begun.Bound.After
		if closing.Cursor == nil {
			request.Window.After = o.state.Begun.Bound.After
		}
	}
	return request
}

// searches reports whether rows that are left are looked for. Of a file's rows only the
// ledger is asked: the table does not know which of its rows the file names, or which had
// failed.
func (o *overseer) searches() bool {
	return o.limits.Closing == activities.ClosingFull && o.settings.File == nil && !o.settings.Retry
}

func (o *overseer) reckoning() reckoning {
	return reckoning{closing: &o.state.Closing, account: &o.state.Account, begun: o.state.Begun, searches: o.searches(), named: o.settings.File != nil}
}

// listLeft asks for rows that are left, after the cursor.
func (o *overseer) listLeft(ctx workflow.Context, what string, limit int, undone bool) (activities.LeftRows, error) {
	request := o.closingRequest()
	request.Limit, request.Undone = limit, undone
	var rows activities.LeftRows
	err := workflow.ExecuteActivity(batchOptions(o.crew.working, what), o.scanner.ListLeft, request).Get(ctx, &rows)
	return rows, err
}

// searchLeft hands out rows that are left, by their keys, once.
func (o *overseer) searchLeft(ctx workflow.Context) error {
	closing := &o.state.Closing
	rows, err := o.listLeft(ctx, "which rows are left", closingKeys, false)
	if err != nil {
		return err
	}
	if len(rows.Keys) > 0 {
		o.foundAgain(ctx, rows.Keys)
		closing.Found += int64(len(rows.Keys))
	}
	if closing.Cursor = rows.Next; closing.Cursor == nil || closing.Found >= 2*closing.Most+closingKeys {
		closing.Cursor, closing.Stage = nil, closingRecounts
	}
	return nil
}

// tryLeft hands out the first rows that a search has left: whatever is left of these
// cannot be done. Others have come behind the search.
func (o *overseer) tryLeft(ctx workflow.Context) error {
	closing := &o.state.Closing
	rows, err := o.listLeft(ctx, "which rows are left still", triedKeys, false)
	if err != nil {
		return err
	}
	if len(rows.Keys) > 0 {
		o.foundAgain(ctx, rows.Keys)
	}
	closing.Tried, closing.TriedAll, closing.Stage = rows.Keys, rows.Next == nil, closingNames
	return nil
}

// nameLeft names the first rows that are left, and ends the closing balance.
func (o *overseer) nameLeft(ctx workflow.Context) error {
	closing := &o.state.Closing
	if closing.Kind == LeftUnsure {
		return o.nameUnsure(ctx)
	}
	left, kind := int64(0), LeftStuck
	var keys []database.Key
	if closing.BySite {
		closing.Late = closing.Counted.Left
	} else if closing.Counted.Left > 0 {
		rows, err := o.listLeft(ctx, "the first rows that are left", closingKeys, false)
		if err != nil {
			return err
		}
		keys = stillLeft(rows.Keys, closing.Tried)
		done := int64(len(closing.Tried) - len(keys))
		if left = int64(len(rows.Keys)); rows.Next != nil {
			left = max(left, closing.Counted.Left-done)
		}
		if len(keys) == 0 && left > 0 && o.lookFurther(ctx, left) {
			return nil
		}
		if len(keys) == 0 {
			keys, kind, closing.Late = rows.Keys, LeftLate, left
		}
		keys = keys[:min(activities.LeftExamples, len(keys))]
	}
	if more := activities.LeftExamples - len(keys); closing.Counted.Undone > 0 && more > 0 {
		rows, err := o.listLeft(ctx, "the first rows that need it again", more, true)
		if err != nil {
			return err
		}
		keys = append(keys, rows.Keys...)
	}
	closing.Keys = keys
	o.reckoning().settleClosing(left+closing.Counted.Undone, o.reckoning().kindOfLeft(left, kind))
	return nil
}

// lookFurther goes on with so many rows that came to need it while those before them were
// done, and reports whether it does: it searches for them, and at last watches who makes
// them.
func (o *overseer) lookFurther(ctx workflow.Context, left int64) bool {
	version := workflow.GetVersion(ctx, changeFollow, workflow.DefaultVersion, 2)
	return version >= 1 && o.reckoning().follow(workflow.Now(ctx)) || version >= 2 && o.reckoning().watch(left)
}

// watch waits, and has the rows counted that are left then.
func (o *overseer) watch(ctx workflow.Context) error {
	closing := &o.state.Closing
	options := workflow.TimerOptions{Summary: "who makes the rows that are left"}
	if err := workflow.NewTimerWithOptions(ctx, o.reckoning().watchTime(workflow.Now(ctx)), options).Get(ctx, nil); err != nil {
		return err
	}
	closing.Stage, closing.Counted, closing.Cursor = closingRecounts, database.Balance{}, nil
	return nil
}

// changeFollow is since when rows are followed that come to need it (1), and watched (2).
const changeFollow = "follow"

// nameUnsure names the first rows without a ledger row.
func (o *overseer) nameUnsure(ctx workflow.Context) error {
	closing := &o.state.Closing
	rows, err := o.listLeft(ctx, "the first rows without a ledger row", activities.LeftExamples, false)
	if err == nil {
		closing.Keys, closing.Stage = rows.Keys, closingDone
	}
	return err
}

// stillLeft are those of the rows that were tried.
func stillLeft(rows, tried []database.Key) []database.Key {
	var found []database.Key
	for _, key := range rows {
		if slices.ContainsFunc(tried, key.Equal) {
			found = append(found, key)
		}
	}
	return found
}
