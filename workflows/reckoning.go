package workflows

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/activities"
	"db-migrate/database"
)

// Closing is how far the run has come with asking the table whether nothing is left.
type Closing struct {
	Stage string `json:"stage,omitempty"`
	// Cursor is how far the stage has looked, and Size how many rows a statement may look
	// at; 0: all.
	Cursor database.Key `json:"cursor,omitempty"`
	Size   int64        `json:"size,omitempty"`
	// Counted is what the table has said; Lost is how many rows were reported as migrated
	// that it does not have.
	Counted database.Balance `json:"counted,omitzero"`
	Lost    int64            `json:"lost,omitempty"`
	// Found is how many rows were handed out once more in this search, the Search-th,
	// which ends when it has found Most: a site may make more all the time.
	Found  int64 `json:"found,omitempty"`
	Most   int64 `json:"most,omitempty"`
	Search int   `json:"search,omitempty"`
	// Tried are the rows that a search has left, handed out for the last time; TriedAll:
	// there were no others.
	Tried    []database.Key `json:"tried,omitempty"`
	TriedAll bool           `json:"tried_all,omitempty"`
	// Followed is how often rows were searched for that what the run had done to others had
	// made need it, as down a tree, and FollowedSince since when.
	Followed      int       `json:"followed,omitempty"`
	FollowedSince time.Time `json:"followed_since,omitzero"`
	// FollowedAt is when the last of these searches began.
	FollowedAt time.Time `json:"followed_at,omitzero"`
	// Watched: the run has stood still to see who makes rows need it, of which there were
	// Before at its beginning; BySite: the site does.
	Watched bool  `json:"watched,omitempty"`
	Before  int64 `json:"before,omitempty"`
	BySite  bool  `json:"by_site,omitempty"`
	// Left is how many rows are left after all, with the first of them, and why. Late of
	// them came when all that had been found was done.
	Left  int64          `json:"left,omitempty"`
	Late  int64          `json:"late,omitempty"`
	Keys  []database.Key `json:"keys,omitempty"`
	Kind  string         `json:"kind,omitempty"`
	Cause string         `json:"cause,omitempty"`
}

// Stages of the closing balance, in their order.
const (
	closingLetters  = "dead letters"
	closingCounts   = "counting"
	closingSearches = "searching"
	closingRecounts = "counting again"
	closingTries    = "trying"
	closingNames    = "naming"
	closingWatches  = "watching"
	closingDone     = "done"
)

// Why rows are left.
const (
	// LeftLost: the database has taken their commits back.
	LeftLost = "lost"
	// LeftUnsure: as LeftLost, or somebody has deleted their ledger rows: nobody can tell
	// whether they are migrated, and a second time might do harm.
	LeftUnsure = "unsure"
	// LeftRewritten: the table was emptied or replaced while the run went on, and the run
	// has not looked at the rows that have their keys now, or they need it.
	LeftRewritten = "rewritten"
	// LeftUndone: the run has migrated them, and they need it again; LeftUnmet: so do all
	// that it has migrated.
	LeftUndone = "undone"
	LeftUnmet  = "unmet"
	// LeftStuck: they need it whatever the run does.
	LeftStuck = "stuck"
	// LeftLate: they came to need it while those before them were done.
	LeftLate = "late"
)

const (
	// closingKeys is how many rows are handed out again by one activity, and triedKeys how
	// many at last.
	closingKeys = 1000
	triedKeys   = 200
	// mostSearches bounds the searches: a database may lose commits again and again.
	mostSearches = 3
	// mostFollowed and followingTime bound the searches for rows that come to need it: a
	// site may make such rows all the time.
	mostFollowed  = 500
	followingTime = time.Minute
	// leastWatch and mostWatch bound how long the run stands still.
	leastWatch = 5 * time.Second
	mostWatch  = time.Minute
)

// follow begins a search for rows that came to need it while those before them were
// done, and reports whether it does.
func (r reckoning) follow(now time.Time) bool {
	closing := r.closing
	if closing.Followed == 0 {
		closing.FollowedSince = now
	}
	if closing.Lost > 0 || closing.Followed >= mostFollowed || now.Sub(closing.FollowedSince) > followingTime {
		return false
	}
	closing.Followed++
	closing.FollowedAt = now
	closing.Found, closing.Most, closing.Tried = 0, closing.Counted.Left, nil
	closing.Stage, closing.Counted, closing.Cursor = closingSearches, database.Balance{}, nil
	return true
}

// watch begins a time in which the run does nothing, after so many rows came to need it
// while those before them were done, and reports whether it does. What comes then, the
// site makes.
func (r reckoning) watch(left int64) bool {
	closing := r.closing
	if closing.Lost > 0 || closing.Watched {
		return false
	}
	closing.Stage, closing.Watched, closing.Before = closingWatches, true, left
	return true
}

// watchTime is how long the run stands still: twice as long as the last search took, in
// which the rows came that are left.
func (r reckoning) watchTime(now time.Time) time.Duration {
	return min(max(2*now.Sub(r.closing.FollowedAt), leastWatch), mostWatch)
}

// weigh finds out who has made the rows that are left. A site makes about twice as many
// more while the run stands still; at least as many are asked for.
func (r reckoning) weigh() {
	closing := r.closing
	closing.BySite = closing.Counted.Left >= 2*closing.Before
	closing.Stage = closingNames
}

// reckoning compares what the table says at the end with what the run has counted, and
// says what is to be done next.
type reckoning struct {
	closing *Closing
	account *Account
	begun   activities.Begun
	// searches: rows that are left are looked for. named: a file names the rows, some of
	// them twice perhaps.
	searches, named bool
}

// believe corrects the totals by what the ledger has, which has the last word, and
// returns how many rows it lacks. Of rows that a file names, those that were found in the
// ledger may be ones that had been counted. A row that it has as failed without the run's
// knowledge is a failure, too, whoever has entered it.
func (r reckoning) believe(counted database.Balance) int64 {
	totals := &r.account.Totals
	if counted.Migrated < 0 {
		return 0
	}
	lost := max(0, totals.Migrated-counted.Migrated)
	if r.named {
		twice := min(lost, r.account.Recalled)
		totals.Skipped, lost = totals.Skipped+twice, lost-twice
		r.account.Recalled -= twice
	}
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
		r.settleUnsearched(lost)
	case lost > 0 && counted.Unsure:
		r.nameUnsure(lost)
	case counted.Left > 0 || lost > 0 || !counted.Judged && r.short(counted):
		r.searchOnce(lost)
	case counted.Undone > 0:
		closing.Stage = closingNames
	default:
		r.settleUnseen()
	}
}

// settleUnsearched ends the closing balance where no rows are looked for: of those that a
// file names, the check was asked.
func (r reckoning) settleUnsearched(lost int64) {
	counted := r.closing.Counted
	switch {
	case lost > 0:
		r.settleClosing(lost, r.kindOfLost())
	case r.named && counted.Left > 0:
		r.closing.Late = counted.Left
		r.settleClosing(counted.Left+counted.Undone, r.kindOfLeft(counted.Left, LeftLate))
	case counted.Undone > 0:
		r.settleClosing(counted.Undone, r.kindOfLeft(0, LeftLate))
	default:
		r.settleUnseen()
	}
}

// nameUnsure goes on to the names of lost rows of which nobody can tell whether they are
// migrated. They are not handed out: exactly once goes before all of them.
func (r reckoning) nameUnsure(lost int64) {
	r.settleClosing(lost, LeftUnsure)
	r.closing.Stage = closingNames
}

// kindOfLost is why rows are left that the ledger does not have any more.
func (r reckoning) kindOfLost() string {
	if r.closing.Counted.Unsure {
		return LeftUnsure
	}
	return LeftLost
}

// settleUnseen ends the closing balance with nothing left; of a table that was emptied or
// replaced, and of which no check was asked, with all rows that the run had migrated.
func (r reckoning) settleUnseen() {
	left, counted := int64(0), r.closing.Counted
	if counted.Rewritten && !counted.Judged {
		left = max(0, counted.Migrated)
	}
	r.settleClosing(left, LeftRewritten)
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
	case lost > 0 && counted.Unsure:
		r.nameUnsure(lost)
	case lost > 0 && closing.Search < mostSearches:
		r.searchOnce(lost)
		return
	case lost > 0 && !counted.Judged:
		r.settleClosing(lost, LeftLost)
	case counted.Left > 0 && closing.Watched:
		r.weigh()
	case counted.Left > 0:
		closing.Stage = closingTries
	case counted.Undone > 0:
		closing.Stage = closingNames
	default:
		r.settleUnseen()
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

// kindOfLeft is why most of the rows are left: those that need it for the reason of this
// kind, or those that were migrated.
func (r reckoning) kindOfLeft(left int64, kind string) string {
	undone := r.closing.Counted.Undone
	switch {
	case left > 0 && left >= undone:
		return kind
	case r.closing.Counted.Rewritten:
		return LeftRewritten
	case undone >= r.account.Totals.Migrated:
		return LeftUnmet
	}
	return LeftUndone
}

// countNeeding counts rows that an earlier run has migrated and that need it again, which
// this run has not seen so: it has begun behind them, or they were changed since.
func (r reckoning) countNeeding() {
	account := r.account
	unseen := max(0, r.closing.Counted.Again-account.Totals.NeededAgain)
	if r.begun.Position == nil {
		account.countNeeding(unseen)
		return
	}
	account.Totals.NeededAgain += unseen
	account.Totals.Scanned += unseen
}

// settleClosing ends the closing balance with so many rows left.
func (r reckoning) settleClosing(left int64, kind string) {
	closing := r.closing
	r.countNeeding()
	if closing.Counted.Judged {
		r.account.countOnce(closing.Counted.Rows)
	}
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
	case LeftUnsure:
		return "this run has migrated them, and the ledger does not have them any more: either the database has taken back commits that it had confirmed (a crash of a server that does not flush them, a failover to a replica that lagged behind), and these rows lack the change; or somebody has deleted rows of the ledger, and they have it. Without a check nobody can tell, and nothing more was written to them"
	case LeftRewritten:
		return "while the run went on, the table was emptied, rewritten as a whole or replaced (TRUNCATE, RENAME, a restore, or the like): the run had migrated rows of these keys, and other rows may have the keys now"
	case LeftUnmet:
		return fmt.Sprintf("all %s rows that this run has migrated still satisfy the check, which does not ask for what migrate does", humanize.Comma(left))
	case LeftLate:
		return "they came to need it after the run had looked at them: what migrate writes to one row makes others need it, or the site has changed them"
	case LeftUndone:
		return "this run has migrated them, as the ledger says, and the check wants them still: either migrate does not do to these rows what the check asks for (a join that finds nothing, a value that is NULL), or the site has changed them back, or put other rows under the same keys"
	}
	return "the check wants them, and they were handed out by their keys up to three times: the site makes such rows all the while, or migrate does not do to them what the check asks for"
}
