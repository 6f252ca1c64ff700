package activities

import (
	"context"
	"errors"
	"slices"

	"db-migrate/database"
)

// slowness is what a chunk knows of statements that took too long: is one of its
// customers to blame, or the database?
type slowness struct {
	// timeouts are those since the last set was written, or since the first of all.
	timeouts int
	// seen: there was one; answered: a set was written since.
	seen, answered bool
	// suspects took too long on their own.
	suspects []Troubled
}

// observe counts an error that is a timeout.
func (s *slowness) observe(err error) {
	if errors.Is(err, database.ErrStatementTimeout) {
		s.timeouts++
		s.seen = true
	}
}

// answer notes that a set was written.
func (s *slowness) answer() { s.answered, s.timeouts = s.seen, 0 }

const (
	// slowParts is into how many parts a set is divided that took too long. Only
	// those with a culprit take long again, and in tenths he is found among 1,000
	// customers after four timeouts.
	slowParts = 10
	// slowPatience is after how many timeouts in a row a chunk gives its rest back:
	// enough for ten culprits side by side among 1,000.
	slowPatience = 15
)

// writeSlow divides a set that took too long, down to the one who is to blame.
func (c *chunk) writeSlow(ctx context.Context, writes []database.Write, err error) ([]database.Key, error) {
	c.slow.observe(err)
	if len(writes) == 1 {
		c.suspect(writes[0].Row.Key, err)
		return nil, nil
	}
	var unwritten []database.Key
	for part := range slices.Chunk(writes, (len(writes)+slowParts-1)/slowParts) {
		if c.slow.timeouts >= slowPatience {
			c.lock(part)
			continue
		}
		keys, err := c.writeSet(ctx, part)
		if err != nil {
			return nil, err
		}
		unwritten = append(unwritten, keys...)
	}
	return unwritten, nil
}

func (c *chunk) lock(writes []database.Write) {
	for _, write := range writes {
		c.locked = append(c.locked, write.Row.Key)
	}
}

func (c *chunk) suspect(key database.Key, err error) {
	c.slow.suspects = append(c.slow.suspects, Troubled{Key: key, Sequence: c.mark.Sequence, Error: shorten(err.Error())})
}

// settleSuspects blames those who took too long if others were written since, or if
// there are no others; else the database is slow, and they are tried again.
func (c *chunk) settleSuspects(rows int) {
	for _, suspect := range c.slow.suspects {
		if c.slow.answered || rows == 1 {
			c.troubled = append(c.troubled, suspect)
		} else {
			c.locked = append(c.locked, suspect.Key)
		}
	}
	c.slow = slowness{}
}
