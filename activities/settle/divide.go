package settle

import (
	"context"
	"errors"
	"slices"
	"time"

	"db-migrate/database"
)

// kind is whose an error may be.
type kind int

const (
	// serversOwn: no row is to blame.
	serversOwn kind = iota
	// rowsOwn: one of the rows is to blame.
	rowsOwn
	// slow: a row, or a slow database.
	slow
	// rival: another session is in the way, of a row or of all, or a row says so.
	rival
	// unknown: a row's error that no list knows, or one that strikes all rows.
	unknown
)

const (
	// unknownAfter is the attempt from which on an unknown error may be a row's own:
	// what strikes all rows is often over by then.
	unknownAfter = 3
	// aloneAfter is the attempt from which on it is the row's, if there is no other row
	// to compare with.
	aloneAfter = 6
)

// kindOf tells whose an error of several rows may be. Lists of codes, which make a
// database's error the row's own or the server's, only make it quicker.
func (c *settling) kindOf(ctx context.Context, err error) kind {
	switch class := database.ClassOf(err); {
	case class == database.Own:
		return rowsOwn
	case ctx.Err() != nil, Foreign(err):
		return serversOwn
	case errors.Is(err, database.ErrStatementTimeout):
		return slow
	case class == database.Broken && c.job.Attempt >= unknownAfter:
		return unknown
	}
	return serversOwn
}

// Foreign reports whether an error says by its type that no row is to blame: it is of
// the books, of what a migration calls, or of who asked.
func Foreign(err error) bool {
	var owner *database.OwnerError
	var definition *database.DefinitionError
	var refused *database.BooksError
	var over *database.RunOverError
	var service *PostponedError
	return errors.As(err, &owner) || errors.As(err, &definition) || errors.As(err, &refused) || errors.As(err, &over) ||
		errors.As(err, &service) || errors.Is(err, context.Canceled)
}

// doubt is what is known of statements that failed for a reason that may be a row's, or
// the database's.
type doubt struct {
	// failures are those since the last statement that succeeded, or since the first.
	failures int
	// seen: there was one; answered: a statement has succeeded since.
	seen, answered bool
	// suspects failed on their own.
	suspects []suspect
}

type suspect struct {
	Troubled
	kind kind
	err  error
	// took is how long the statement was at it.
	took time.Duration
}

func (d *doubt) observe() { d.failures, d.seen = d.failures+1, true }

// answer notes that a statement has succeeded.
func (d *doubt) answer() { d.answered, d.failures = d.seen, 0 }

const (
	// parts is into how many parts a set is divided that took too long. Only those with
	// a culprit take long again, and in tenths it is found among 1,000 rows after four
	// timeouts.
	parts = 10
	// patience is after how many failures in a row the rest is given up: enough for ten
	// culprits side by side among 1,000.
	patience = 15
)

// takeApart goes on with the parts of a set that failed as a whole, down to the row that
// is to blame. Each part is smaller than the set.
func takeApart[T any](c *settling, d *doubt, set []T, key func(T) database.Key, whose kind, err error, again func([]T) error) error {
	switch {
	case whose == serversOwn:
		return err
	case whose == rowsOwn && len(set) == 1:
		c.trouble(key(set[0]), err)
		return nil
	case whose == rowsOwn:
		return eachPart(set, partOf(len(set), 2), again)
	}
	d.observe()
	if len(set) == 1 {
		d.suspects = append(d.suspects, suspect{c.troubled(key(set[0]), err), whose, err, c.asked})
		return nil
	}
	return eachPart(set, partOf(len(set), parts), func(part []T) error {
		switch {
		case d.failures < patience:
			return again(part)
		case whose == unknown:
			return err
		}
		for _, one := range part {
			c.out.Locked = append(c.out.Locked, key(one))
		}
		return nil
	})
}

// partOf is the size of a part where a set of so many is divided into so many parts.
func partOf(size, count int) int { return (size + count - 1) / count }

// eachPart does something with the parts of a set, of so many each.
func eachPart[T any](set []T, size int, do func([]T) error) error {
	for part := range slices.Chunk(set, max(1, size)) {
		if err := do(part); err != nil {
			return err
		}
	}
	return nil
}

// settleSuspects blames those that failed on their own if others have succeeded since,
// or if there are no others; else it is the database.
func (c *settling) settleSuspects(rows int) error {
	for _, d := range []*doubt{&c.deciding, &c.writing} {
		for _, one := range d.suspects {
			switch {
			case one.kind != rival && (d.answered || rows == 1 && (one.kind == slow || c.job.Attempt >= aloneAfter)):
				c.out.Troubled = append(c.out.Troubled, one.Troubled)
			case one.kind == slow:
				c.out.Locked = append(c.out.Locked, one.Key)
			case one.kind == rival:
				c.refused(one.Key, one.err, one.took)
			default:
				return one.err
			}
		}
		*d = doubt{}
	}
	return nil
}
