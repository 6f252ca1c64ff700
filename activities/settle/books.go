package settle

import (
	"context"
	"errors"
	"slices"

	"db-migrate/database"
)

// books is what the ledger knows of rows, and what that means for a job.
type books struct {
	table database.Table
	job   Job
	// judges: the migration itself tells which rows need it.
	judges bool
}

// errNobodyInTheWay is the error of a row for which the ledger has refused a row, and
// has none.
var errNobodyInTheWay = errors.New("the ledger refuses the row's entry, and has none under its key; is the key unique, and does the site change it?")

// of asks the ledger about rows, and returns what it has by the texts of their keys.
func (b books) of(ctx context.Context, keys []database.Key) (map[string]database.LedgerRow, error) {
	rows, err := b.table.Ledger(ctx, keys)
	if err != nil {
		return nil, err
	}
	known := map[string]database.LedgerRow{}
	for _, row := range rows {
		known[row.Key.Text()] = row
	}
	return known, nil
}

// count counts a row by its ledger row: this run and range is ours (an attempt before
// this one), another range of this run was accounted for elsewhere, as was a row that a
// file names twice. One of an earlier run that somebody wants migrated has a number of its
// own; without a check nobody does.
func (b books) count(row database.LedgerRow) Counts {
	ours := row.Run == b.job.Mark.Run.Number && row.Sequence == b.job.Mark.Sequence && !row.Failed
	switch {
	case ours && b.job.Listed && !b.job.Worked:
		return Counts{Skipped: 1}
	case ours:
		return Counts{Migrated: 1, Recalled: 1}
	case row.Run != b.job.Mark.Run.Number && !row.Failed && b.judges:
		return Counts{NeededAgain: 1}
	}
	return Counts{Skipped: 1}
}

// makesWay reports whether a ledger row is one that this run writes over: the mark of a
// dead letter of an earlier run, and any of an earlier run where that was asked for.
// Without a check, a run that goes on with one that was cut short leaves alone what that
// has done: it would be done twice for one wish.
func (b books) makesWay(row database.LedgerRow) bool {
	sameWish := b.job.Since > 0 && row.Run >= b.job.Since && !b.judges
	return row.Run != b.job.Mark.Run.Number && (row.Failed || b.job.Again && !sameWish)
}

// countUnneeded counts rows that need nothing. Where an attempt before this one may
// have written, it may be why: the ledger knows. A dead letter of such a row is
// settled.
func (b books) countUnneeded(ctx context.Context, keys []database.Key) (Counts, error) {
	if len(keys) == 0 || !b.job.Worked && !b.job.Listed {
		return Counts{Skipped: len(keys)}, nil
	}
	known, err := b.of(ctx, keys)
	if err != nil {
		return Counts{}, err
	}
	var counts Counts
	for _, key := range keys {
		if row, found := known[key.Text()]; found && row.Run == b.job.Mark.Run.Number {
			counts.Add(b.count(row))
		} else {
			counts.Skipped++
		}
	}
	return counts, b.settle(ctx, keys, known)
}

// settleGone forgets the dead letters of listed rows that are gone.
func (b books) settleGone(ctx context.Context, gone []database.Key) error {
	if !b.job.Listed || len(gone) == 0 {
		return nil
	}
	known, err := b.of(ctx, gone)
	if err != nil {
		return err
	}
	return b.settle(ctx, gone, known)
}

// settle forgets the dead letters of rows that were named one by one, and are gone or
// need nothing. known is the ledger of the rows.
func (b books) settle(ctx context.Context, keys []database.Key, known map[string]database.LedgerRow) error {
	if !b.job.Listed {
		return nil
	}
	if !b.job.Letters {
		keys = slices.DeleteFunc(slices.Clone(keys), func(key database.Key) bool { return !known[key.Text()].Failed })
	}
	if len(keys) == 0 {
		return nil
	}
	return b.table.Settle(ctx, b.job.Mark.Run, keys)
}
