package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

const (
	// countTime bounds the counting of customers, which is for the progress
	// bar only.
	countTime = 2 * time.Second
	// countedRows is up to how many rows of the statistics a table is counted.
	countedRows = 200_000
)

// estimate is about how many customers lie after one key and up to another: a
// large table's are the planner's guess, others are counted.
func (t *table) estimate(ctx context.Context, after, upTo database.Key) (int64, error) {
	found, err := one(ctx, t.readers, `SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE oid = $1::text::oid
		OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::text::oid)`, t.oid)
	if err != nil {
		return 0, classify(err)
	}
	if found[0] == nil {
		return 0, driverkit.Broken("table %s.%s was dropped or made anew since this worker began; restart the worker", t.schema, t.name)
	}
	rows, _ := strconv.ParseInt(*found[0], 10, 64)
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
	var p parameters
	where, err := t.between(&p, after, upTo, t.plan.Conditions()...)
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

// guess is the planner's, by the statistics.
func (t *table) guess(ctx context.Context, after, upTo database.Key) (int64, error) {
	var p parameters
	where, err := t.between(&p, after, upTo, t.plan.Conditions()...)
	if err != nil {
		return 0, err
	}
	found, err := one(ctx, t.readers, "EXPLAIN (FORMAT JSON) SELECT 1 FROM "+t.customers()+where, p.values...)
	if err != nil {
		return 0, classify(err)
	}
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := json.Unmarshal([]byte(*found[0]), &plans); err != nil || len(plans) == 0 {
		return 0, fmt.Errorf("PostgreSQL's plan cannot be read: %w", err)
	}
	return int64(plans[0].Plan.Rows), nil
}
