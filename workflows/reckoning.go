package workflows

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"db-migrate/activities"
	"db-migrate/database"
)

// reckoning compares what the table says at the end with what the run has counted, and
// says what is to be done next.
type reckoning struct {
	closing *Closing
	account *Account
	begun   activities.Begun
	// searches: rows that are left are looked for.
	searches bool
}

// believe corrects the totals by what the ledger has, which has the last word, and
// returns how many rows it lacks. A row that it has as failed without the run's
// knowledge is a failure, too, whoever has entered it.
func (r reckoning) believe(counted database.Balance) int64 {
	totals := &r.account.Totals
	if counted.Migrated < 0 {
		return 0
	}
	lost := max(0, totals.Migrated-counted.Migrated)
	if more := counted.Migrated - totals.Migrated; more > 0 {
		totals.Skipped -= min(more, totals.Skipped)
	}
	totals.Migrated = counted.Migrated
	if more := counted.Failed - totals.Failed; more > 0 {
		totals.Failed += more
		totals.Skipped -= min(more, totals.Skipped)
	}
	r.closing.Lost += lost
	return lost
}

// balance compares what the table says with the totals.
func (r reckoning) balance() {
	closing, counted := r.closing, r.closing.Counted
	lost := r.believe(counted)
	closing.Cursor = nil
	switch {
	case !r.searches:
		r.settleClosing(lost, LeftLost)
	case counted.Left > 0 || lost > 0 || !counted.Judged && r.short(counted):
		r.searchOnce(lost)
	case counted.Undone > 0:
		closing.Stage = closingNames
	default:
		closing.Stage = closingDone
	}
}

// searchOnce begins a search for rows that are left, lost ones among them: these are
// scanned again.
func (r reckoning) searchOnce(lost int64) {
	closing := r.closing
	r.account.Totals.Scanned -= lost
	closing.Search++
	closing.Found, closing.Most = 0, closing.Counted.Left+lost
	if !closing.Counted.Judged {
		closing.Most = max(closing.Counted.Rows, lost)
	}
	closing.Stage, closing.Counted = closingSearches, database.Balance{}
}

// short reports whether rows without a ledger row may have been missed, where no check
// tells. In a first run each of them was counted as needing nothing; later, some of
// those have a ledger row, and only a few may be looked at again without need.
func (r reckoning) short(counted database.Balance) bool {
	totals := r.account.Totals
	unledgered := counted.Rows - counted.Ledgered
	if first := counted.Ledgered == totals.Migrated+totals.Failed && r.begun.Position == nil; first {
		return unledgered != totals.Skipped
	}
	return unledgered > totals.Skipped || unledgered > 0 && unledgered <= max(closingKeys, counted.Rows/100)
}

// balanceAgain finds out what is left after rows were handed out again.
func (r reckoning) balanceAgain() {
	closing, counted := r.closing, r.closing.Counted
	lost := r.believe(counted)
	closing.Cursor = nil
	switch {
	case lost > 0 && closing.Search < mostSearches:
		r.searchOnce(lost)
		return
	case lost > 0 && !counted.Judged:
		r.settleClosing(lost, LeftLost)
	case counted.Left > 0:
		closing.Stage = closingTries
	case counted.Undone > 0:
		closing.Stage = closingNames
	default:
		closing.Stage = closingDone
	}
	r.countLost(counted.Judged)
}

// countLost counts lost rows that need nothing: their change is there, or the site has
// made it, and only the ledger row is gone.
func (r reckoning) countLost(judged bool) {
	account := r.account
	unneeded := max(0, r.closing.Lost-r.closing.Left-account.Again)
	if !judged {
		unneeded = min(unneeded, account.Unneeded)
	}
	if r.closing.Stage == closingTries {
		unneeded = max(0, unneeded-r.closing.Counted.Left)
	}
	account.Totals.Scanned += unneeded
	account.Totals.Skipped += unneeded
}

func (r reckoning) kindOfLeft(stuck int64) string {
	undone := r.closing.Counted.Undone
	switch {
	case stuck > 0 && stuck >= undone:
		return LeftStuck
	case undone >= r.account.Totals.Migrated:
		return LeftUnmet
	}
	return LeftUndone
}

// settleClosing ends the closing balance with so many rows left.
func (r reckoning) settleClosing(left int64, kind string) {
	closing := r.closing
	closing.Stage, closing.Left, closing.Tried = closingDone, left, nil
	if left > 0 {
		closing.Kind, closing.Cause = kind, causeOf(kind, left)
	}
}

// causeOf says why so many rows are left.
func causeOf(kind string, left int64) string {
	switch kind {
	case LeftLost:
		return "they were migrated, and the ledger does not have them any more: the database has taken commits back that it had confirmed, by a crash of a server that does not flush them, or a failover to a replica that lagged behind; or somebody has deleted rows of the ledger"
	case LeftUnmet:
		return fmt.Sprintf("all %s rows that this run has migrated still satisfy the check, which does not ask for what migrate does", humanize.Comma(left))
	case LeftUndone:
		return "this run has migrated them, and the check wants them again: the site has changed them back, or put other rows under the same keys"
	}
	return "the check wants them, and they were handed out by their keys up to three times: the site makes such rows all the while, or migrate does not do to them what the check asks for"
}
