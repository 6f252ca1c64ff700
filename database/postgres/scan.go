package postgres

import (
	"context"
	"fmt"
	"strconv"
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
	keys, err := t.queryKeys(ctx, t.readers, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT 1",
		strings.Join(names(t.keys, ""), ", "), t.customers(), t.order(" DESC")), nil)
	if err != nil || len(keys) == 0 {
		return database.Bound{}, err
	}
	if after != nil && keys[0].Equal(after) {
		return database.Bound{}, nil
	}
	estimate, err := t.estimate(ctx, after)
	return database.Bound{UpTo: keys[0], Estimate: estimate}, err
}

func (t *table) order(direction string) string {
	parts := names(t.keys, "")
	for i := range parts {
		parts[i] += direction
	}
	return strings.Join(parts, ", ")
}

// estimate takes a large table's rows from the statistics, and counts others.
func (t *table) estimate(ctx context.Context, after database.Key) (int64, error) {
	found, err := one(ctx, t.readers, `SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE oid = $1::text::oid
		OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::text::oid)`, t.oid)
	if err != nil {
		return 0, classify(err)
	}
	rows, _ := strconv.ParseInt(*found[0], 10, 64)
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
	var p parameters
	where, err := t.between(&p, after, nil)
	if err != nil {
		return 0, err
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	found, err := one(counting, t.readers, "SELECT count(*) FROM "+t.customers()+where, p.values...)
	if err != nil && counting.Err() != nil && ctx.Err() == nil {
		return -1, nil
	}
	if err != nil {
		return 0, classify(err)
	}
	return strconv.ParseInt(*found[0], 10, 64)
}

// between is the WHERE clause for keys after one key and up to another, and for
// further conditions.
func (t *table) between(p *parameters, after, upTo database.Key, conditions ...string) (string, error) {
	for _, end := range []struct {
		key      database.Key
		operator string
	}{{after, " > "}, {upTo, " <= "}} {
		if end.key == nil {
			continue
		}
		value, err := t.key(p, end.key)
		if err != nil {
			return "", err
		}
		conditions = append(conditions, tuple(names(t.keys, ""))+end.operator+value)
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), nil
}

// Fetch returns the next keys.
func (t *table) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	var p parameters
	where, err := t.between(&p, after, upTo)
	if err != nil {
		return nil, err
	}
	return t.queryKeys(ctx, t.readers, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d",
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
