package mysql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
)

const (
	// countTime bounds the counting of customers, which is for the progress
	// bar only.
	countTime = 2 * time.Second
	// countedRows is up to how many rows of the statistics a table is counted.
	countedRows = 200_000
)

// Bound is the greatest key, and about how many customers lie after the given
// one.
func (t *table) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	keys, err := t.queryKeys(ctx, t.readers, "SELECT "+t.keyList()+" FROM "+t.indexed()+" ORDER BY "+t.order(" DESC")+" LIMIT 1", nil)
	if err != nil || len(keys) == 0 {
		return database.Bound{}, err
	}
	if after != nil && keys[0].Equal(after) {
		return database.Bound{}, nil
	}
	estimate, err := t.estimate(ctx, after)
	return database.Bound{UpTo: keys[0], Estimate: estimate}, classify(err)
}

func (t *table) keyList() string { return strings.Join(names(t.keys, ""), ", ") }

// indexed is the table, to be read by the key's index whatever the statistics
// say.
func (t *table) indexed() string { return t.customers() + " FORCE INDEX (" + quote(t.index) + ")" }

func (t *table) order(direction string) string {
	return strings.Join(names(t.keys, ""), direction+", ") + direction
}

// estimate takes a large table's rows from the statistics, and counts others.
func (t *table) estimate(ctx context.Context, after database.Key) (int64, error) {
	found, err := one(ctx, t.readers, "SELECT COALESCE(table_rows, 0) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.schema, t.name)
	if err != nil || found == nil {
		return 0, err
	}
	rows := number(found[0])
	if rows > countedRows && after == nil {
		return rows, nil
	}
	counted, err := t.count(ctx, after)
	if counted < 0 {
		return rows, err
	}
	return counted, err
}

// count counts the customers after a key; -1: it takes too long.
func (t *table) count(ctx context.Context, after database.Key) (int64, error) {
	where, arguments, err := t.between(after, nil)
	if err != nil {
		return 0, err
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	found, err := one(counting, t.readers, "SELECT COUNT(*) FROM "+t.customers()+where, arguments...)
	if err != nil && counting.Err() != nil && ctx.Err() == nil {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return number(found[0]), nil
}

// Fetch returns the next keys.
func (t *table) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	where, arguments, err := t.between(after, upTo)
	if err != nil {
		return nil, err
	}
	return t.queryKeys(ctx, t.readers, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d", t.keyList(), t.indexed(), where, t.order(""), limit), arguments)
}
