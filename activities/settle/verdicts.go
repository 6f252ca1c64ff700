package settle

import (
	"context"
	"time"

	"db-migrate/database"
)

// decideNext decides on the first of the rows, all of them as a rule: on as many as
// have changes that there is room for. It counts those who need nothing and those with
// an error of their own, and returns what is to be written, and the rows that are left.
func (c *settling) decideNext(ctx context.Context, rows []database.Row) ([]database.Write, []database.Row, error) {
	c.doing(DoingChecking, rows[0].Key)
	started := time.Now()
	verdicts, err := c.decide.decide(ctx, rows)
	c.asked = time.Since(started)
	if err != nil {
		writes, err := c.decideApart(ctx, rows, err)
		return writes, nil, err
	}
	c.deciding.answer()
	decided, left := rows[:len(verdicts)], rows[len(verdicts):]
	writes, err := c.judge(ctx, decided, verdicts)
	return writes, left, err
}

// judge does what the verdicts say.
func (c *settling) judge(ctx context.Context, rows []database.Row, verdicts []verdict) ([]database.Write, error) {
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

func (c *settling) countUnneeded(ctx context.Context, keys []database.Key) error {
	counts, err := c.books.countUnneeded(ctx, keys)
	c.out.Counts.Add(counts)
	return err
}

// decideApart divides rows that the check statement failed on, down to the one that is
// to blame, if one may be.
func (c *settling) decideApart(ctx context.Context, rows []database.Row, err error) ([]database.Write, error) {
	var writes []database.Write
	key := func(row database.Row) database.Key { return row.Key }
	err = takeApart(c, &c.deciding, rows, key, c.kindOfDecision(ctx, err), err, func(part []database.Row) error {
		for len(part) > 0 {
			found, left, err := c.decideNext(ctx, part)
			if err != nil {
				return err
			}
			writes, part = append(writes, found...), left
		}
		return nil
	})
	return writes, err
}

// kindOfDecision tells whose an error of a check may be: it asks for no row's lock, and a
// row that is refused by it is looked for as one that takes too long.
func (c *settling) kindOfDecision(ctx context.Context, err error) kind {
	whose := c.kindOf(ctx, err)
	if whose == serversOwn && database.ClassOf(err) == database.Contention && ctx.Err() == nil && !Foreign(err) {
		return rival
	}
	return whose
}

// decideOne decides on a row while it is locked; the row's own error rolls the
// transaction back.
func (c *settling) decideOne(ctx context.Context, row database.Row) (verdict, error) {
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
