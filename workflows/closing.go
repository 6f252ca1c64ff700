package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// Closing is how far the run has come with asking the table whether nothing is left.
type Closing struct {
	Stage string `json:"stage,omitempty"`
	// Cursor is how far the stage has looked.
	Cursor database.Key `json:"cursor,omitempty"`
	// Counted is what the table has said; Lost is how many rows were reported as migrated
	// that it does not have.
	Counted database.Balance `json:"counted,omitzero"`
	Lost    int64            `json:"lost,omitempty"`
	// Found is how many rows were handed out once more.
	Found int64 `json:"found,omitempty"`
	// Left is how many rows are left after all, with the first of them, and why.
	Left  int64          `json:"left,omitempty"`
	Keys  []database.Key `json:"keys,omitempty"`
	Cause string         `json:"cause,omitempty"`
}

// Stages of the closing balance, in their order.
const (
	closingLetters  = "dead letters"
	closingCounts   = "counting"
	closingSearches = "searching"
	closingRecounts = "counting again"
	closingNames    = "naming"
	closingDone     = "done"
)

const (
	// closingKeys is how many rows are handed out again by one activity, leftExamples
	// how many of those that are left are named.
	closingKeys  = 1000
	leftExamples = 10
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
		len(o.state.Troubled.Waiting) == 0 && !o.migrating()
}

// migrating reports whether a process is at work.
func (o *overseer) migrating() bool {
	for i := range o.processes {
		if o.processes[i].busy {
			return true
		}
	}
	return false
}

// close takes the next step.
func (o *overseer) close(ctx workflow.Context) error {
	closing := &o.state.Closing
	switch closing.Stage {
	case "":
		o.beginClosing()
		return nil
	case closingLetters:
		return o.settleLetters(ctx)
	case closingCounts, closingRecounts:
		return o.countLeft(ctx)
	case closingSearches:
		return o.searchLeft(ctx)
	case closingNames:
		return o.nameLeft(ctx)
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
	if mode := o.limits.Closing; mode == activities.ClosingFull || mode == activities.ClosingCount {
		closing.Stage = closingCounts
	}
}

// settleLetters hands out the rows that still have a dead letter of an earlier run: the
// site has deleted or mended them since, or they were written after the scan had passed.
// Named one by one, they are settled, or fail anew.
func (o *overseer) settleLetters(ctx workflow.Context) error {
	closing := &o.state.Closing
	request := activities.DeadLetterList{Order: o.order(), After: closing.Cursor, Limit: deadLetterPage}
	var page activities.FailedRows
	err := workflow.ExecuteActivity(shortOptions(o.working, "dead letters that are left"), o.scanner.ListDeadLetters, request).Get(ctx, &page)
	if err != nil {
		return err
	}
	if len(page.Keys) > 0 {
		o.handOut(database.Range{Keys: page.Keys, Customers: len(page.Keys), Worked: true}, true)
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
	err := workflow.ExecuteActivity(batchOptions(o.working, "whether nothing is left"), o.scanner.CountLeft, o.closingRequest()).Get(ctx, &counted)
	if err != nil {
		return err
	}
	closing.Counted.Add(counted.Balance)
	closing.Cursor = counted.Through
	if counted.Through != nil {
		return nil
	}
	if closing.Stage == closingCounts {
		o.balance()
	} else {
		o.balanceAgain()
	}
	return nil
}

// closingRequest asks for what of the table the run covers. Where a check tells who
// needs it, that is the whole table of a whole run: rows that its ranges have missed
// lie anywhere.
func (o *overseer) closingRequest() activities.ClosingRequest {
	closing, scan := o.state.Closing, o.state.Scan
	request := activities.ClosingRequest{Order: o.order(), Full: o.limits.Closing == activities.ClosingFull && o.settings.File == nil,
		Estimate: max(scan.Estimate, o.state.Account.Totals.Scanned), Window: database.Window{After: closing.Cursor}}
	if !o.settings.Part().Whole() {
		request.Window.UpTo = scan.UpTo
		if closing.Cursor == nil {
			request.Window.After = o.state.Begun.Bound.After
		}
	}
	return request
}

// balance compares what the table says with the totals. The table has the last word.
func (o *overseer) balance() {
	closing, totals := &o.state.Closing, &o.state.Account.Totals
	counted := closing.Counted
	if counted.Migrated >= 0 {
		closing.Lost = max(0, totals.Migrated-counted.Migrated)
		if more := counted.Migrated - totals.Migrated; more > 0 {
			totals.Skipped -= min(more, totals.Skipped)
		}
		totals.Migrated = counted.Migrated
	}
	closing.Cursor, closing.Counted = nil, database.Balance{}
	switch {
	case o.limits.Closing == activities.ClosingCount || o.settings.File != nil:
		o.settleClosing(closing.Lost)
	case counted.Left > 0 || closing.Lost > 0 || !counted.Judged && o.short(counted):
		closing.Stage = closingSearches
	case counted.Undone > 0:
		closing.Stage, closing.Left = closingNames, counted.Undone
	default:
		closing.Stage = closingDone
	}
}

// short reports whether rows without a ledger row may have been missed, where no check
// tells. In a first run each of them was counted as needing nothing; later, some of
// those have a ledger row, and only a few may be looked at again without need.
func (o *overseer) short(counted database.Balance) bool {
	totals := o.state.Account.Totals
	unledgered := counted.Rows - counted.Ledgered
	if first := counted.Ledgered == totals.Migrated+totals.Failed && o.state.Begun.Position == nil; first {
		return unledgered != totals.Skipped
	}
	return unledgered > totals.Skipped || unledgered > 0 && unledgered <= max(closingKeys, counted.Rows/100)
}

// searchLeft hands out rows that are left, by their keys, once.
func (o *overseer) searchLeft(ctx workflow.Context) error {
	closing := &o.state.Closing
	request := o.closingRequest()
	request.Limit = closingKeys
	var rows activities.LeftRows
	err := workflow.ExecuteActivity(batchOptions(o.working, "which rows are left"), o.scanner.ListLeft, request).Get(ctx, &rows)
	if err != nil {
		return err
	}
	if len(rows.Keys) > 0 {
		closing.Found += int64(len(rows.Keys))
		o.handOut(database.Range{Keys: rows.Keys, Customers: len(rows.Keys), Worked: true}, true)
	}
	if closing.Cursor = rows.Next; closing.Cursor == nil {
		closing.Stage = closingRecounts
	}
	return nil
}

// balanceAgain finds out what is left after rows were handed out again.
func (o *overseer) balanceAgain() {
	closing := &o.state.Closing
	counted := closing.Counted
	closing.Cursor = nil
	left := max(0, o.state.Account.Totals.Migrated-counted.Migrated)
	if counted.Judged {
		left = max(left, counted.Left+counted.Undone)
	}
	if left == 0 {
		closing.Stage = closingDone
		return
	}
	closing.Stage, closing.Left = closingNames, left
}

// nameLeft names the first rows that are left.
func (o *overseer) nameLeft(ctx workflow.Context) error {
	closing := &o.state.Closing
	for _, undone := range []bool{false, true} {
		request := o.closingRequest()
		request.Limit, request.Undone = leftExamples-len(closing.Keys), undone
		if request.Limit == 0 || undone && closing.Counted.Left > 0 {
			break
		}
		var rows activities.LeftRows
		err := workflow.ExecuteActivity(batchOptions(o.working, "the first rows that are left"), o.scanner.ListLeft, request).Get(ctx, &rows)
		if err != nil {
			return err
		}
		closing.Keys = append(closing.Keys, rows.Keys...)
	}
	o.settleClosing(closing.Left)
	return nil
}

// settleClosing ends the closing balance with so many rows left.
func (o *overseer) settleClosing(left int64) {
	closing := &o.state.Closing
	closing.Stage, closing.Left = closingDone, left
	switch {
	case left == 0:
	case closing.Lost > 0:
		closing.Cause = fmt.Sprintf("the database has taken %d commits back that it had confirmed: a crash of a server that does not flush them, or a failover to a replica that lagged behind", closing.Lost)
	case closing.Counted.Undone > 0 || closing.Found == 0:
		closing.Cause = "this run has migrated them, and the check still wants them: the site has changed them back, or the migrate statement does not do what the check asks for"
	default:
		closing.Cause = "they were found by the check, handed out once more by their keys, and still need it: the site changes them, or they cannot be reached by their keys"
	}
}
