package driverkit

import (
	"context"
	"fmt"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
)

// Scan walks through a table by its key.
type Scan struct {
	*Reader
	// Estimate is about how many rows lie after one key and up to another.
	Estimate func(ctx context.Context, after, upTo database.Key) (int64, error)
}

// Bound is the greatest key, and about how many rows lie after the given one.
func (s *Scan) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	last, err := s.Greatest(ctx)
	if err != nil || last == nil || after != nil && last.Equal(after) {
		return database.Bound{}, err
	}
	estimate, err := s.Estimate(ctx, after, nil)
	return database.Bound{UpTo: last, Estimate: estimate}, err
}

// BoundPart is where a part of the table begins and ends.
func (s *Scan) BoundPart(ctx context.Context, part database.Part) (database.Bound, error) {
	return FindPart(part,
		func(sides ...Side) (database.Key, error) { return s.Greatest(ctx, sides...) },
		func(after, upTo database.Key) (int64, error) { return s.Estimate(ctx, after, upTo) })
}

// Greatest is the greatest key of a stretch; nil: it has none.
func (s *Scan) Greatest(ctx context.Context, sides ...Side) (database.Key, error) {
	arguments := s.arguments()
	where, err := s.Where(arguments, sides)
	if err != nil {
		return nil, err
	}
	keys, err := s.KeysIn(ctx, s.Session(), fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1", s.SelectedList(), s.Indexed, where, s.Order(" DESC")), arguments.Values)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return keys[0], nil
}

// FetchText is the statement that fetches the next keys and, if the plan has a condition,
// whether it is true of each.
func (s *Scan) FetchText(after, upTo database.Key, limit int) (string, []any, error) {
	arguments := s.arguments()
	where, err := s.Where(arguments, between(after, upTo))
	matching := ""
	if s.Plan.Where != "" {
		matching = ", CASE WHEN (" + s.Plan.Where + ") THEN 1 ELSE 0 END"
	}
	return fmt.Sprintf("SELECT %s%s FROM %s%s ORDER BY %s LIMIT %d", s.SelectedList(), matching, s.Indexed, where, s.Order(""), limit), arguments.Values, err
}

// Fetch returns the next keys.
func (s *Scan) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	if s.Plan.Where != "" {
		return FetchMatching(after, limit, func(after database.Key, rows int) ([]Looked, error) { return s.look(ctx, after, upTo, rows) })
	}
	text, arguments, err := s.FetchText(after, upTo, limit)
	if err != nil {
		return nil, err
	}
	return s.KeysIn(ctx, s.Session(), text, arguments)
}

// look returns the next keys, and of each whether the plan's condition is true.
func (s *Scan) look(ctx context.Context, after, upTo database.Key, limit int) ([]Looked, error) {
	text, arguments, err := s.FetchText(after, upTo, limit)
	if err != nil {
		return nil, err
	}
	var looked []Looked
	err = s.Session().Query(ctx, text, arguments, func(values books.Values) error {
		key, err := s.Key(values)
		looked = append(looked, Looked{Key: key, Matches: values.Number(len(s.Columns)) == 1})
		return err
	})
	return looked, err
}

// Stride finds the row so many further on in the key's index; if there are not as many,
// it counts those that are left.
func (s *Scan) Stride(ctx context.Context, after, upTo database.Key, rows int) (database.Stride, error) {
	arguments := s.arguments()
	where, err := s.Where(arguments, between(after, upTo))
	if err != nil {
		return database.Stride{}, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1 OFFSET %d", s.SelectedList(), s.Indexed, where, s.Order(""), rows-1)
	keys, err := s.KeysIn(ctx, s.Session(), text, arguments.Values)
	if err != nil {
		return database.Stride{}, err
	}
	if len(keys) > 0 {
		return database.Stride{UpTo: keys[0], Customers: rows}, nil
	}
	return s.lastStride(ctx, after, upTo)
}

func (s *Scan) lastStride(ctx context.Context, after, upTo database.Key) (database.Stride, error) {
	found, arguments := database.Stride{Last: true}, s.arguments()
	counted, err := s.Where(arguments, between(after, upTo))
	if err != nil {
		return found, err
	}
	where, err := s.Where(arguments, between(after, upTo))
	if err != nil {
		return found, err
	}
	text := fmt.Sprintf("SELECT (SELECT count(*) FROM %[1]s%[2]s), %[3]s FROM %[1]s%[4]s ORDER BY %[5]s LIMIT 1", s.Indexed, counted, s.SelectedList(), where, s.Order(" DESC"))
	err = s.Session().Query(ctx, text, arguments.Values, func(values books.Values) error {
		var err error
		found.Customers = int(values.Number(0))
		found.UpTo, err = s.Key(values[1:])
		return err
	})
	return found, err
}

const (
	// countTime bounds the counting of rows, which is for the progress bar only.
	countTime = 2 * time.Second
	// countedRows is up to how many rows of the statistics a table is counted.
	countedRows = 200_000
)

// Count counts the plan's rows of a stretch; -1: it takes too long.
func (s *Scan) Count(ctx context.Context, after, upTo database.Key) (int64, error) {
	rows, err := s.stretch(after, upTo)
	if err != nil {
		return 0, err
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	total := int64(0)
	err = s.Session().Query(counting, "SELECT count(*) FROM "+s.From+rows.Text, rows.Arguments, func(values books.Values) error {
		total = values.Number(0)
		return nil
	})
	if err != nil && counting.Err() != nil && ctx.Err() == nil {
		return -1, nil
	}
	return total, err
}

// stretch is the WHERE clause of the plan's rows of a stretch.
func (s *Scan) stretch(after, upTo database.Key) (books.Condition, error) {
	arguments := s.arguments()
	where, err := s.Where(arguments, between(after, upTo), s.Plan.Conditions()...)
	return books.Condition{Text: where, Arguments: arguments.Values}, err
}

// EstimateBy counts the rows of a small table, by its statistics, and lets the planner
// guess those of a large one.
func (s *Scan) EstimateBy(ctx context.Context, statistics int64, after, upTo database.Key, guess func(where books.Condition) (int64, error)) (int64, error) {
	switch {
	case statistics <= countedRows:
		if counted, err := s.Count(ctx, after, upTo); counted >= 0 {
			return counted, err
		}
	case after == nil && upTo == nil && s.Plan.Where == "":
		return statistics, nil
	}
	where, err := s.stretch(after, upTo)
	if err != nil {
		return 0, err
	}
	return guess(where)
}
