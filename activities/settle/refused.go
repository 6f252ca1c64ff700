package settle

import (
	"errors"
	"slices"
	"time"

	"db-migrate/database"
)

// refused leaves a row as locked that was alone in its transaction.
func (c *settling) refused(key database.Key, err error, elapsed time.Duration) {
	c.out.Locked = append(c.out.Locked, key)
	c.out.Refused = append(c.out.Refused, Refusal{Key: key, Error: ErrorText(err.Error()), Alone: alone(err, elapsed)})
}

// alone reports whether no other session is known to be in the way of a row that is alone
// in its transaction. Who has waited for a lock has met its holder, however long that stays.
func alone(err error, elapsed time.Duration) bool {
	var rival *database.RivalError
	return errors.As(err, &rival) && (!rival.Waits || elapsed < longestRepeated)
}

// settleRefused makes those rows troubled in whose way nobody is known to be, if others
// were written, or if they were named since others were. They are tried again on their
// own, and only if they are refused again and again the error is their own.
func (c *settling) settleRefused(rows int) {
	if rows > 1 && c.out.Counts.Migrated == 0 && !c.job.Letters {
		return
	}
	for _, one := range c.out.Refused {
		if !one.Alone {
			continue
		}
		c.out.Locked = slices.DeleteFunc(c.out.Locked, func(key database.Key) bool { return key.Equal(one.Key) })
		c.out.Troubled = append(c.out.Troubled, Troubled{Key: one.Key, Sequence: c.mark.Sequence, Error: one.Error, Alone: true})
	}
	c.out.Refused = slices.DeleteFunc(c.out.Refused, func(one Refusal) bool { return one.Alone })
}

// RefusedError is what the database has said of a single row, by an error of class
// database.Contention. It is no attempt of the row's, unless it is Alone again and again.
type RefusedError struct{ Refusal Refusal }

func (e *RefusedError) Error() string { return e.Refusal.Error }

// singleRefusal is what was said of a single row that was refused; nil: it was not.
func (c *settling) singleRefusal(err error) error {
	switch {
	case len(c.out.Troubled) > 0 && c.out.Troubled[0].Alone:
		one := c.out.Troubled[0]
		return &RefusedError{Refusal: Refusal{Key: one.Key, Error: one.Error, Alone: true}}
	case len(c.out.Refused) > 0:
		return &RefusedError{Refusal: c.out.Refused[0]}
	case err != nil && database.ClassOf(err) == database.Contention:
		return &RefusedError{Refusal: Refusal{Error: ErrorText(err.Error())}}
	}
	return nil
}
