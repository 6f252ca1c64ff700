package workflows

import (
	"slices"
	"sort"

	"db-migrate/activities"
	"db-migrate/database"
)

// Totals are the run's customers by outcome. On a table that nobody else writes
// to, Scanned = Migrated + Skipped + NeededAgain + Failed.
type Totals struct {
	Scanned int64 `json:"scanned"`
	// Migrated were updated by this run (a dry run: would be).
	Migrated int64 `json:"migrated"`
	// Skipped were migrated before.
	Skipped int64 `json:"skipped"`
	// NeededAgain were migrated by an earlier run, need it again by the check or the
	// function, and were left as they are.
	NeededAgain int64 `json:"needed_again"`
	Failed      int64 `json:"failed"`
	// Appeared and Vanished are the differences between what the scanner saw
	// in a range and what the migrator found there, net by range.
	Appeared int64 `json:"appeared"`
	Vanished int64 `json:"vanished"`
}

// Done is how many customers have been accounted for.
func (t Totals) Done() int64 { return t.Migrated + t.Skipped + t.NeededAgain + t.Failed }

// Account keeps the totals, and for each range that is not done yet what has
// been accounted for in it.
type Account struct {
	Totals Totals `json:"totals"`
	// Open are the ranges that are not done, and done ones behind them, by
	// sequence. Neighbours that are done are kept as one.
	Open []OpenRange `json:"open,omitempty"`
	// Again is how many rows of those that were handed out once more had to be done, and
	// Unneeded how many needed nothing.
	Again    int64 `json:"again,omitempty"`
	Unneeded int64 `json:"unneeded,omitempty"`
	// Recalled are those of the migrated rows that were found in the ledger: of a file
	// they may be rows that it names more than once.
	Recalled int64 `json:"recalled,omitempty"`
	// LowWater is the paging state: every range up to it is done, and none of them has
	// rows that are needed again. A run that goes on from here finds those once more.
	LowWater *database.PagingState `json:"low_water,omitempty"`
	// Held: the paging state stays where it is, before rows that are needed again.
	Held bool `json:"held,omitempty"`
}

// OpenRange is a range that is not done, or lies behind one that isn't.
type OpenRange struct {
	Sequence int64        `json:"sequence"`
	UpTo     database.Key `json:"up_to,omitempty"`
	Scanned  int          `json:"scanned"`
	// Accounted customers have an outcome; Troubled ones wait for theirs.
	Accounted int `json:"accounted"`
	Troubled  int `json:"troubled,omitempty"`
	// Parts are the pieces in the buffer or with a process.
	Parts int `json:"parts"`
	// Again: rows that the run may have counted before, in an earlier pass over the
	// table.
	Again bool `json:"again,omitempty"`
	// Left: the closing balance has handed it out once more. Its rows were counted
	// before, unless they turn out to need it.
	Left bool `json:"left,omitempty"`
	// Needing: some of its rows are needed again.
	Needing bool `json:"needing,omitempty"`
	// Lost: a batch was lost that may have done rows of it of which nothing was heard.
	Lost bool `json:"lost,omitempty"`
}

func (r OpenRange) done() bool { return r.Parts == 0 && r.Troubled == 0 }

// scanned opens a range that the scanner found. Rows that are looked at again count
// by what becomes of them.
func (a *Account) scanned(part database.Range, again bool) {
	if !again {
		a.Totals.Scanned += int64(part.Customers)
	}
	a.Open = append(a.Open, OpenRange{Sequence: part.Sequence, UpTo: part.UpTo, Scanned: part.Customers, Parts: 1, Again: again})
}

// scannedAgain opens a range that the closing balance found.
func (a *Account) scannedAgain(part database.Range) {
	a.Open = append(a.Open, OpenRange{Sequence: part.Sequence, Scanned: part.Customers, Parts: 1, Left: true})
}

func (a *Account) find(sequence int64) *OpenRange {
	at := sort.Search(len(a.Open), func(i int) bool { return a.Open[i].Sequence >= sequence })
	return &a.Open[at]
}

// batch books the result of a batch that was given these ranges.
func (a *Account) batch(given []database.Range, result activities.BatchResult) {
	for _, counts := range result.Ranges {
		a.count(counts.Sequence, counts.Counts)
	}
	for _, customer := range result.Troubled {
		a.find(customer.Sequence).Troubled++
	}
	for _, part := range result.Rest {
		a.find(part.Sequence).Parts++
	}
	for _, part := range given {
		a.find(part.Sequence).Parts--
	}
	a.settle()
}

// lose notes that of these ranges more may be done than is counted.
func (a *Account) lose(parts []database.Range) {
	for _, part := range parts {
		a.find(part.Sequence).Lost = true
	}
}

// uncounted reports whether there are such ranges.
func (a *Account) uncounted() bool {
	return slices.ContainsFunc(a.Open, func(open OpenRange) bool { return open.Lost && !open.done() })
}

func (a *Account) count(sequence int64, counts activities.Counts) {
	open := a.find(sequence)
	open.Accounted += counts.Total()
	open.Needing = open.Needing || counts.NeededAgain > 0
	a.Recalled += int64(counts.Recalled)
	if open.Again {
		a.countAgain(counts)
		return
	}
	if open.Left {
		a.Unneeded += int64(counts.Skipped)
		counts.Skipped = 0
		a.Again += int64(counts.Total())
		a.Totals.Scanned += int64(counts.Total())
	}
	a.Totals.Migrated += int64(counts.Migrated)
	a.Totals.Skipped += int64(counts.Skipped)
	a.Totals.NeededAgain += int64(counts.NeededAgain)
	a.Totals.Failed += int64(counts.Failed)
}

// countAgain counts rows that are looked at again. Those that are left as they are
// were counted when they were seen first; those that are written or fail are new ones,
// or take the place of rows that were counted and have lost their outcome (commits that
// the database took back).
func (a *Account) countAgain(counts activities.Counts) {
	missing := a.missing()
	found := int64(counts.Migrated + counts.Failed)
	a.Totals.Migrated += int64(counts.Migrated)
	a.Totals.Failed += int64(counts.Failed)
	a.Totals.Scanned += max(0, found-missing)
	missing = max(0, missing-found)
	a.Totals.Skipped += min(missing, int64(counts.Skipped))
	a.countNeeding(int64(counts.NeededAgain))
}

// missing is how many rows were counted as scanned, and have no outcome; asked while
// only rows that are looked at again are under way.
func (a *Account) missing() int64 {
	return max(0, a.Totals.Scanned+a.Totals.Appeared-a.Totals.Vanished-a.Totals.Done())
}

// countNeeding counts rows that were counted as previously migrated when this pass
// began.
func (a *Account) countNeeding(rows int64) {
	a.Totals.NeededAgain += rows
	counted := min(rows, a.Totals.Skipped)
	a.Totals.Skipped -= counted
	a.Totals.Scanned += rows - counted
}

// nextPass begins another pass over the table, which finds all rows that are needed
// again once more.
func (a *Account) nextPass() {
	a.Totals.Skipped += a.Totals.NeededAgain
	a.Totals.NeededAgain = 0
}

// endPass corrects the totals by how many rows a pass has seen, and how many were
// counted before it: a row that was skipped before and migrated by this pass is one row.
func (a *Account) endPass(seen, before int64) {
	twice := min(a.Totals.Scanned-max(before, seen), a.Totals.Skipped)
	if twice > 0 {
		a.Totals.Scanned -= twice
		a.Totals.Skipped -= twice
	}
}

// single books the outcome of one troubled customer.
func (a *Account) single(sequence int64, outcome string) {
	switch outcome {
	case activities.OutcomeMigrated:
		a.count(sequence, activities.Counts{Migrated: 1})
	case activities.OutcomeSkipped:
		a.count(sequence, activities.Counts{Skipped: 1})
	case activities.OutcomeNeededAgain:
		a.count(sequence, activities.Counts{NeededAgain: 1})
	case activities.OutcomeFailed:
		a.count(sequence, activities.Counts{Failed: 1})
	}
	a.find(sequence).Troubled--
	a.settle()
}

// settle reckons the ranges that have become done, and moves the low-water mark.
func (a *Account) settle() {
	kept := a.Open[:0:0]
	for _, open := range a.Open {
		if open.done() {
			a.balance(&open)
			if last := len(kept) - 1; last >= 0 && kept[last].done() && (kept[last].Needing || !open.Needing) {
				open.Needing = kept[last].Needing
				kept[last] = open
				continue
			}
		}
		kept = append(kept, open)
	}
	for len(kept) > 0 && kept[0].done() {
		a.pass(kept[0])
		kept = kept[1:]
	}
	a.Open = kept
}

// countOnce takes back what was counted of rows that were left as they are by the scan and
// had to be done at the end, by how many rows there are; 0: that is not known.
func (a *Account) countOnce(rows int64) {
	twice := min(a.Again, a.Totals.Scanned-rows, a.Totals.Skipped)
	if rows > 0 && twice > 0 {
		a.Totals.Scanned -= twice
		a.Totals.Skipped -= twice
	}
}

// pass moves the low-water mark over a range that is done, unless rows that are needed
// again hold it.
func (a *Account) pass(done OpenRange) {
	a.Held = a.Held || done.Needing
	if !a.Held && done.UpTo != nil {
		a.LowWater = &database.PagingState{Sequence: done.Sequence, Position: done.UpTo}
	}
}

// balance books the difference between scanned and accounted once.
func (a *Account) balance(open *OpenRange) {
	if open.Left {
		return
	}
	difference := int64(open.Accounted - open.Scanned)
	if open.Again { // what appeared has been counted, what vanished only if it was
		difference = max(min(difference, 0), -a.missing())
	}
	if difference > 0 {
		a.Totals.Appeared += difference
	} else {
		a.Totals.Vanished -= difference
	}
	open.Accounted = open.Scanned
}
