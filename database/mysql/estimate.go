package mysql

import (
	"context"
	"strconv"
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

// estimate is about how many customers lie after one key and up to another: a
// large table's are the optimizer's guess, others are counted.
func (t *table) estimate(ctx context.Context, after, upTo database.Key) (int64, error) {
	found, err := one(ctx, t.readers, "SELECT COALESCE(table_rows, 0) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.schema, t.name)
	if err != nil || found == nil {
		return 0, err
	}
	rows := number(found[0])
	switch {
	case rows <= countedRows:
		counted, err := t.count(ctx, after, upTo)
		if counted >= 0 {
			return counted, err
		}
	case after == nil && upTo == nil && t.plan.Where == "":
		return rows, nil
	}
	return t.guess(ctx, after, upTo)
}

// count counts the customers; -1: it takes too long.
func (t *table) count(ctx context.Context, after, upTo database.Key) (int64, error) {
	where, arguments, err := t.between(after, upTo, t.plan.Conditions()...)
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

// guess is the optimizer's: the rows that it expects to look at by the key's
// index, and the share of them that it expects to be wanted.
func (t *table) guess(ctx context.Context, after, upTo database.Key) (int64, error) {
	where, arguments, err := t.between(after, upTo, t.plan.Conditions()...)
	if err != nil {
		return 0, err
	}
	explain := "EXPLAIN "
	if t.maria {
		explain = "EXPLAIN EXTENDED " // else the share is left out
	}
	rows, err := t.readers.QueryContext(ctx, explain+"SELECT "+t.keyList()+" FROM "+t.indexed()+where, arguments...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || !rows.Next() {
		return 0, err
	}
	values, targets := make([][]byte, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return 0, err
	}
	looked, share := 0.0, 100.0
	for i, name := range columns {
		switch name {
		case "rows":
			looked, _ = strconv.ParseFloat(string(values[i]), 64)
		case "filtered":
			share, _ = strconv.ParseFloat(string(values[i]), 64)
		}
	}
	return int64(looked * share / 100), nil
}
