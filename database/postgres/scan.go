package postgres

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Bound is the greatest key, and about how many customers lie after the given
// one.
func (t *table) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	last, err := t.greatest(ctx)
	if err != nil || last == nil || after != nil && last.Equal(after) {
		return database.Bound{}, err
	}
	estimate, err := t.estimate(ctx, after, nil)
	return database.Bound{UpTo: last, Estimate: estimate}, err
}

// BoundPart is where a part of the table begins and ends.
func (t *table) BoundPart(ctx context.Context, part database.Part) (database.Bound, error) {
	return driverkit.FindPart(part,
		func(sides ...driverkit.Side) (database.Key, error) { return t.greatest(ctx, sides...) },
		func(after, upTo database.Key) (int64, error) { return t.estimate(ctx, after, upTo) })
}

// greatest is the greatest key of a stretch; nil: it has none.
func (t *table) greatest(ctx context.Context, sides ...driverkit.Side) (database.Key, error) {
	var p parameters
	where, err := t.bounded(&p, sides)
	if err != nil {
		return nil, err
	}
	keys, err := t.queryKeys(ctx, t.reading(), fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1",
		strings.Join(names(t.keys, ""), ", "), t.customers(), where, t.order(" DESC")), p.values)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return keys[0], nil
}

func (t *table) order(direction string) string {
	parts := names(t.keys, "")
	for i := range parts {
		parts[i] += direction
	}
	return strings.Join(parts, ", ")
}

// between is the WHERE clause for keys after one key and up to another, and for
// further conditions.
func (t *table) between(p *parameters, after, upTo database.Key, conditions ...string) (string, error) {
	return t.bounded(p, []driverkit.Side{{Operator: ">", Key: after}, {Operator: "<=", Key: upTo}}, conditions...)
}

// bounded is the WHERE clause for the keys of a stretch, and for further
// conditions.
func (t *table) bounded(p *parameters, sides []driverkit.Side, conditions ...string) (string, error) {
	for _, side := range sides {
		if side.Key == nil {
			continue
		}
		value, err := t.key(p, side.Key)
		if err != nil {
			return "", err
		}
		conditions = append(conditions, tuple(names(t.keys, ""))+" "+side.Operator+" "+value)
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), nil
}

// Fetch returns the next keys.
func (t *table) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	if t.plan.Where != "" {
		return t.fetchMatching(ctx, after, upTo, limit)
	}
	var p parameters
	where, err := t.between(&p, after, upTo)
	if err != nil {
		return nil, err
	}
	return t.queryKeys(ctx, t.reading(), fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d",
		strings.Join(names(t.keys, ""), ", "), t.customers(), where, t.order(""), limit), p.values)
}

func (t *table) queryKeys(ctx context.Context, in session, text string, arguments []any) ([]database.Key, error) {
	var keys []database.Key
	err := query(ctx, in, text, arguments, func(values []*string) error {
		key, err := t.keyOf(values)
		keys = append(keys, key)
		return err
	})
	return keys, classify(err)
}
