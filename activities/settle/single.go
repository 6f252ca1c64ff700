package settle

import (
	"context"
	"errors"

	"db-migrate/database"
)

// What became of a single row.
const (
	OutcomeMigrated = "migrated"
	OutcomeSkipped  = "skipped"
	// OutcomeNeededAgain: an earlier run has migrated the row, and it needs it again.
	OutcomeNeededAgain = "needed again"
	OutcomeVanished    = "vanished"
	OutcomeFailed      = "failed"
	// OutcomeLocked: the row stayed locked; that is no attempt.
	OutcomeLocked = "locked"
)

// RowError is a single row's own error.
type RowError struct{ Text string }

func (e *RowError) Error() string { return e.Text }

// Single settles one row, whatever has been tried with it before, and says what became
// of it. *RowError: it has an error of its own; *RefusedError: somebody may be in its way.
func (s *Settler) Single(ctx context.Context, table database.Table, job Job, key database.Key) (string, error) {
	job.Worked, job.Listed, job.Letters = true, true, true
	c := s.begin(table, job)
	rows, err := c.readAgain(ctx, []database.Key{key})
	if err != nil {
		return "", err
	}
	if len(rows) == 0 && c.out.Counts.Total() == 0 {
		return OutcomeVanished, table.Settle(ctx, c.mark.Run, []database.Key{key})
	}
	c.repeated = true
	err = c.migrate(ctx, rows, nil)
	if refused := c.singleRefusal(err); refused != nil && ctx.Err() == nil {
		return OutcomeLocked, refused
	}
	switch {
	case err != nil:
		return "", err
	case len(c.out.Troubled) > 0:
		return "", &RowError{c.out.Troubled[0].Error}
	}
	return c.out.single(), nil
}

// single is the outcome of a set of one row.
func (o Outcome) single() string {
	switch {
	case len(o.Locked) > 0:
		return OutcomeLocked
	case o.Counts.Migrated > 0:
		return OutcomeMigrated
	case o.Counts.NeededAgain > 0:
		return OutcomeNeededAgain
	case o.Counts.Skipped > 0:
		return OutcomeSkipped
	}
	return OutcomeVanished
}

// buryTries is how often a dead letter is written that the ledger refuses, though it has
// none under its key: somebody may have taken it away in between.
const buryTries = 3

// Bury writes a row's dead letter, unless the row turns out to have been migrated, or is
// gone, and says what became of it. *database.BooksError: the ledger refuses the letter,
// and would again.
func Bury(ctx context.Context, table database.Table, run database.Run, letter database.DeadLetter) (string, error) {
	letter.Error = ErrorText(letter.Error)
	for range buryTries {
		buried, err := table.Bury(ctx, run, letter)
		switch {
		case err == nil && buried:
			return OutcomeFailed, nil
		case err == nil: // nor is what an earlier run has left for it of any use
			return OutcomeVanished, table.Settle(ctx, run, []database.Key{letter.Key})
		case !errors.Is(err, database.ErrLedgerConflict):
			return "", err
		}
		if outcome, err := buriedBefore(ctx, table, run, letter); outcome != "" || err != nil {
			return outcome, err
		}
	}
	return "", &database.BooksError{Reason: "dead letter of row " + letter.Key.String() + ": " + errNobodyInTheWay.Error()}
}

// buriedBefore finds out whose ledger row stands in a dead letter's way: that of
// an attempt before this one, or that of a migration that did succeed; empty: nobody's.
func buriedBefore(ctx context.Context, table database.Table, run database.Run, letter database.DeadLetter) (string, error) {
	rows, err := table.Ledger(ctx, []database.Key{letter.Key})
	if err != nil || len(rows) == 0 {
		return "", err
	}
	row := rows[0]
	switch ours := row.Run == run.Number && row.Sequence == letter.Sequence; {
	case row.Failed && ours:
		return OutcomeFailed, nil
	case ours:
		return OutcomeMigrated, nil
	}
	return OutcomeSkipped, nil
}
