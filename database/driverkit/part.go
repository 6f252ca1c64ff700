package driverkit

import (
	"errors"
	"fmt"

	"db-migrate/database"
)

// SwappedPart is the error for a part whose first customer lies behind its last.
func SwappedPart(part database.Part) error {
	return &database.PartError{Reason: fmt.Sprintf("%s lies behind %s in the order of the key; swap them", part.From, part.To)}
}

// SoFar is what a fetch has found, for those who only want an example.
func SoFar(keys []database.Key, err error) ([]database.Key, error) {
	var unfinished *database.UnfinishedError
	if errors.As(err, &unfinished) {
		return keys, nil
	}
	return keys, err
}

// Looked is a row that a fetch has looked at, and whether it is the plan's.
type Looked struct {
	Key     database.Key
	Matches bool
}

// Bounds of how many customers a fetch looks at: each statement stays short
// however few of them are the plan's, and so does the range that they end in.
const (
	lookedAtOnce = 10_000
	lookedAtMost = 50_000
)

// FetchMatching is Fetch for a plan with a condition. look returns so many
// customers after a key, in order; fewer: there are no more. The first look is as
// large as the answer, in case nearly all match.
func FetchMatching(after database.Key, limit int, look func(after database.Key, rows int) ([]Looked, error)) ([]database.Key, error) {
	var found []database.Key
	for size, looked := min(limit, lookedAtOnce), 0; ; size = min(4*size, lookedAtOnce) {
		rows, err := look(after, size)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row.Matches {
				found = append(found, row.Key)
			}
			if len(found) == limit {
				return found, nil
			}
		}
		if len(rows) < size {
			return found, nil
		}
		after = rows[len(rows)-1].Key
		if looked += len(rows); looked >= lookedAtMost {
			return found, &database.UnfinishedError{Through: after}
		}
	}
}

// FindPart is BoundPart for a database that can tell the greatest key of a
// stretch (nil: it is empty), and about how many customers a stretch has.
func FindPart(part database.Part, greatest func(...Side) (database.Key, error), estimate func(after, upTo database.Key) (int64, error)) (database.Bound, error) {
	var bound database.Bound
	var err error
	if part.From != nil {
		if bound.After, err = greatest(Side{"<", part.From}); err != nil {
			return database.Bound{}, err
		}
	}
	if bound.UpTo, err = greatest(Side{">", bound.After}, Side{"<=", part.To}); err != nil {
		return database.Bound{}, err
	}
	if bound.UpTo == nil {
		return database.Bound{}, checkSwapped(part, greatest)
	}
	bound.Estimate, err = estimate(bound.After, bound.UpTo)
	return bound, err
}

func checkSwapped(part database.Part, greatest func(...Side) (database.Key, error)) error {
	if part.From == nil || part.To == nil {
		return nil
	}
	between, err := greatest(Side{">=", part.To}, Side{"<", part.From})
	if err == nil && between != nil {
		return SwappedPart(part)
	}
	return err
}
