package settle

import (
	"context"
	"errors"

	"db-migrate/database"
)

// errStaysInTheWay is the error of a row that takes the place of what an earlier run has
// left for it, and is refused nevertheless.
var errStaysInTheWay = errors.New("the ledger refuses the row's entry also in the place of the one that an earlier run has left")

// resolveConflict takes the rows that have a ledger row out of a set, and writes the
// others. A set that would be written again as it was is halved: it would fail again.
func (c *settling) resolveConflict(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	known, err := c.books.of(ctx, keysOfWrites(writes))
	if err != nil {
		return nil, err
	}
	var rest, instead []database.Write
	for _, write := range writes {
		switch row, found := known[write.Row.Key.Text()]; {
		case !found:
			rest = append(rest, write)
		case c.books.makesWay(row):
			instead = append(instead, write)
		default:
			c.out.Counts.Add(c.books.count(row))
		}
	}
	switch {
	case len(rest) == len(writes):
		return c.halve(ctx, writes, errNobodyInTheWay)
	case len(instead) == len(writes) && c.mark.Replaces:
		return c.halve(ctx, writes, errStaysInTheWay)
	}
	unwritten, err := c.writeSet(ctx, rest)
	if err != nil {
		return nil, err
	}
	others, err := c.writeInstead(ctx, instead)
	return append(unwritten, others...), err
}

// halve writes the halves of a set; a row alone has the error.
func (c *settling) halve(ctx context.Context, writes []database.Write, err error) ([]database.Key, error) {
	return c.divideWrites(writes, rowsOwn, err, func(part []database.Write) ([]database.Key, error) { return c.writeSet(ctx, part) })
}

// writeInstead writes rows in the place of what earlier runs have left for them.
func (c *settling) writeInstead(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	defer c.replacing()()
	return c.writeSet(ctx, writes)
}

// replacing lets ledger rows of earlier runs make way, until what it returns is called.
func (c *settling) replacing() (end func()) {
	before := c.mark
	c.mark.Replaces = true
	return func() { c.mark = before }
}
