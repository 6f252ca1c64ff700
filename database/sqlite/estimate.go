package sqlite

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// countTime bounds the counting of the customers, which is for the progress bar
// only.
const countTime = 2 * time.Second

// estimate is about how many customers lie after one key and up to another:
// counted, if that can be done in a moment.
func (t *table) estimate(ctx context.Context, after, upTo database.Key) (int64, error) {
	where, arguments, err := t.between(after, upTo, t.plan.Conditions()...)
	if err != nil {
		return 0, err
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	var total int64
	err = t.readers.QueryRowContext(counting, "SELECT COUNT(*) FROM "+quote(t.name)+where, arguments...).Scan(&total)
	if err != nil && counting.Err() != nil && ctx.Err() == nil {
		return t.guess(ctx, after, upTo), nil
	}
	return total, classify(err)
}

// guess takes the rows that ANALYZE has counted, if somebody has run it; there
// are no more than that, and no more than the keys' numbers leave room for.
// SQLite's planner knows nothing else. 0: unknown.
func (t *table) guess(ctx context.Context, after, upTo database.Key) int64 {
	analyzed, room := t.analyzed(ctx), t.room(ctx, after, upTo)
	if analyzed > 0 && room > 0 {
		return min(analyzed, room)
	}
	return max(analyzed, room)
}

// analyzed is the table's rows when ANALYZE was run; 0: it never was.
func (t *table) analyzed(ctx context.Context) int64 {
	var rows sql.NullInt64
	err := t.readers.QueryRowContext(ctx, "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?", t.name).Scan(&rows)
	if err != nil {
		return 0 // without ANALYZE there is no such table
	}
	return rows.Int64
}

// room is how many whole numbers lie between the first key and the last; 0: the
// key is something else.
func (t *table) room(ctx context.Context, after, upTo database.Key) int64 {
	if len(t.keys) != 1 || t.keys[0].kind != "integer" || upTo == nil {
		return 0
	}
	first, err := driverkit.SoFar(t.Fetch(ctx, after, upTo, 1))
	if err != nil || len(first) == 0 {
		return 0
	}
	low, _ := strconv.ParseInt(first[0][0], 10, 64)
	high, _ := strconv.ParseInt(upTo[0], 10, 64)
	return max(0, high-low+1)
}
