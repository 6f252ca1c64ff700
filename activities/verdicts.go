package activities

import (
	"context"
	"slices"

	"db-migrate/database"
)

// decideAll counts those who need nothing and those with an error of their own,
// and returns what is to be written.
func (c *chunk) decideAll(ctx context.Context, rows []database.Row) ([]database.Write, error) {
	c.doing(DoingChecking, rows[0].Key)
	verdicts, err := c.decide.decide(ctx, rows)
	switch {
	case err != nil && database.ClassOf(err) == database.Own:
		return c.decideHalves(ctx, rows, err)
	case err != nil:
		return nil, err
	}
	writes := make([]database.Write, 0, len(rows))
	var unneeded []database.Key
	for i, verdict := range verdicts {
		switch {
		case verdict.err != nil:
			c.trouble(rows[i].Key, verdict.err)
		case verdict.unneeded:
			unneeded = append(unneeded, rows[i].Key)
		default:
			writes = append(writes, database.Write{Row: rows[i], Change: verdict.change})
		}
	}
	return writes, c.countUnneeded(ctx, unneeded)
}

// countUnneeded counts rows that need nothing. Where an attempt before this one may
// have written, it may be why: the ledger knows. A dead letter of such a row is
// settled.
func (c *chunk) countUnneeded(ctx context.Context, keys []database.Key) error {
	if len(keys) == 0 || !c.worked && !c.listed {
		c.counts.Skipped += len(keys)
		return nil
	}
	known, err := c.ledgerOf(ctx, keys)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if row, found := known[key.Text()]; found && row.Run == c.mark.Run.Number {
			c.countLedger(row)
		} else {
			c.counts.Skipped++
		}
	}
	return c.settle(ctx, keys, known)
}

// settle forgets the dead letters of rows that were named one by one, and are gone or
// need nothing. known is the ledger of the rows.
func (c *chunk) settle(ctx context.Context, keys []database.Key, known map[string]database.LedgerRow) error {
	if !c.listed {
		return nil
	}
	if !c.letters {
		keys = slices.DeleteFunc(slices.Clone(keys), func(key database.Key) bool { return !known[key.Text()].Failed })
	}
	if len(keys) == 0 {
		return nil
	}
	return c.table.Settle(ctx, c.mark.Run, keys)
}

// decideHalves divides rows that a check statement failed on for the data of one
// of them, down to the one who is to blame.
func (c *chunk) decideHalves(ctx context.Context, rows []database.Row, err error) ([]database.Write, error) {
	if len(rows) == 1 {
		c.trouble(rows[0].Key, err)
		return nil, nil
	}
	first, err := c.decideAll(ctx, rows[:len(rows)/2])
	if err != nil {
		return nil, err
	}
	second, err := c.decideAll(ctx, rows[len(rows)/2:])
	return append(first, second...), err
}

func (c *chunk) trouble(key database.Key, err error) {
	c.troubled = append(c.troubled, Troubled{Key: key, Sequence: c.mark.Sequence, Error: shorten(err.Error())})
}

// errorLength bounds a row's error in characters: it travels in heartbeats and
// histories. failureLength bounds what an activity fails with.
const errorLength, failureLength = 500, 8_000

// shorten is a row's error as it travels and is stored.
func shorten(text string) string { return database.CleanText(text, errorLength) }

// reason is an error as an activity fails with it: a text that no history can hold
// would make the failure fail, without end.
func reason(err error) string { return database.CleanText(err.Error(), failureLength) }

// decideOne decides on a row while it is locked; the customer's own error rolls
// the transaction back.
func (c *chunk) decideOne(ctx context.Context, row database.Row) (verdict, error) {
	verdicts, err := c.decide.decide(ctx, []database.Row{row})
	if err != nil {
		return verdict{}, err
	}
	decided := verdicts[0]
	decided.change.PreviouslyMigrated = decided.unneeded
	if decided.err != nil {
		return decided, database.OwnError(decided.err)
	}
	return decided, nil
}
