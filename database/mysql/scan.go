package mysql

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
	return database.Bound{UpTo: last, Estimate: estimate}, classify(err)
}

// BoundPart is where a part of the table begins and ends.
func (t *table) BoundPart(ctx context.Context, part database.Part) (database.Bound, error) {
	bound, err := driverkit.FindPart(part,
		func(sides ...driverkit.Side) (database.Key, error) { return t.greatest(ctx, sides...) },
		func(after, upTo database.Key) (int64, error) { return t.estimate(ctx, after, upTo) })
	return bound, classify(err)
}

// greatest is the greatest key of a stretch; nil: it has none.
func (t *table) greatest(ctx context.Context, sides ...driverkit.Side) (database.Key, error) {
	where, arguments, err := t.bounded(sides)
	if err != nil {
		return nil, err
	}
	keys, err := t.queryKeys(ctx, t.readers, "SELECT "+t.keyList()+" FROM "+t.indexed()+where+" ORDER BY "+t.order(" DESC")+" LIMIT 1", arguments)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return keys[0], nil
}

func (t *table) keyList() string { return strings.Join(names(t.keys, ""), ", ") }

// indexed is the table, to be read by the key's index whatever the statistics
// say.
func (t *table) indexed() string { return t.customers() + " " + t.forced() }

func (t *table) forced() string { return "FORCE INDEX (" + quote(t.index) + ")" }

func (t *table) order(direction string) string {
	return strings.Join(names(t.keys, ""), direction+", ") + direction
}

// Fetch returns the next keys.
func (t *table) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	if t.plan.Where != "" {
		return t.fetchMatching(ctx, after, upTo, limit)
	}
	where, arguments, err := t.between(after, upTo)
	if err != nil {
		return nil, err
	}
	return t.queryKeys(ctx, t.readers, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d", t.keyList(), t.indexed(), where, t.order(""), limit), arguments)
}
