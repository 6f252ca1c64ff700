package cassandra

import (
	"context"
	"math"
	"strconv"
	"time"

	"db-migrate/database"
)

const (
	// countedRows is up to how many customers are counted; of a larger table the
	// part of the ring that they take tells the rest.
	countedRows = 20_000
	// countTime bounds the counting, which is for the progress bar only.
	countTime = 2 * time.Second
)

// estimate counts the first customers: tokens are spread evenly, so their number
// is to the number of all as the tokens that they span are to all tokens. 0:
// there are none.
func (t *table) estimate(ctx context.Context, after database.Key) (int64, error) {
	begin := int64(math.MinInt64)
	if after != nil {
		token, _, err := t.token(after)
		if err != nil {
			return 0, err
		}
		begin = token
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	tokens, err := t.tokens(counting, after, nil, countedRows)
	switch {
	case err != nil && counting.Err() != nil && ctx.Err() == nil:
		return t.guess(ctx, begin)
	case err != nil || len(tokens) < countedRows:
		return int64(len(tokens)), err
	}
	span := float64(tokens[len(tokens)-1]) - float64(begin)
	return int64(countedRows * ring(begin) / max(span, 1)), nil
}

// ring is how many tokens lie after one.
func ring(begin int64) float64 { return math.MaxInt64 - float64(begin) }

// partitions is how many partitions a node has in a part of the ring.
type partitions struct {
	begin, end, count int64
}

// guess takes what the nodes write down every five minutes. It counts partitions,
// not the rows in them; none have been written down: at least one is there.
func (t *table) guess(ctx context.Context, begin int64) (int64, error) {
	rows := t.session.Query("SELECT range_start, range_end, partitions_count FROM system.size_estimates WHERE keyspace_name = ? AND table_name = ?", t.schema, t.name).IterContext(ctx)
	var noted []partitions
	var first, last string
	var one partitions
	for rows.Scan(&first, &last, &one.count) {
		one.begin, _ = strconv.ParseInt(first, 10, 64)
		one.end, _ = strconv.ParseInt(last, 10, 64)
		noted = append(noted, one)
	}
	return max(1, spread(noted, begin)), classify(rows.Close())
}

// spread is about how many partitions lie after a token: a node knows those of its
// own parts of the ring, and the others are as dense.
func spread(noted []partitions, begin int64) int64 {
	count, tokens := 0.0, 0.0
	for _, part := range noted {
		count += float64(part.count)
		if part.end > part.begin {
			tokens += float64(part.end) - float64(part.begin)
		} else { // around the end of the ring
			tokens += ring(part.begin) + float64(part.end) - math.MinInt64
		}
	}
	if tokens == 0 {
		return 0
	}
	return int64(count / tokens * ring(begin))
}
