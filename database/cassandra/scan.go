package cassandra

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Bound is the last token, and about how many customers lie after the given one.
func (t *table) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	estimate, err := t.estimate(ctx, after)
	if err != nil || estimate == 0 {
		return database.Bound{}, err
	}
	return database.Bound{UpTo: t.bound(math.MaxInt64), Estimate: estimate}, nil
}

// tokens are the tokens of the next customers.
func (t *table) tokens(ctx context.Context, after, upTo database.Key, limit int) ([]int64, error) {
	var tokens []int64
	selected, width := "token("+list(t.keys[:t.partition])+")", 1
	if t.rowless {
		selected, width = list(t.keys)+", "+selected, len(t.keys)+1
	}
	room := driverkit.Room{Rows: limit, Bytes: t.options.ReadBytes}
	err := t.readRoom(ctx, t.customers(), selected, width, after, upTo, t.weights.keys(room), func(values []raw) error {
		token, err := tokenOf(values[width-1])
		tokens = append(tokens, token)
		return err
	})
	if err != nil && ctx.Err() == nil {
		t.weights.fail(room)
	}
	return tokens, err
}

func tokenOf(value raw) (int64, error) {
	if len(value) != 8 {
		return 0, driverkit.Broken("a token has %d bytes, not 8", len(value))
	}
	return int64(binary.BigEndian.Uint64(value)), nil
}

// Fetch returns the tokens of the next customers; it never ends among those of
// one token.
func (t *table) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	tokens, err := t.tokens(ctx, after, upTo, limit)
	if err != nil {
		return nil, err
	}
	if len(tokens) == limit {
		if tokens, err = t.completed(ctx, tokens); err != nil {
			return nil, err
		}
	}
	keys := make([]database.Key, len(tokens))
	for i, token := range tokens {
		if i > 0 && token == tokens[i-1] {
			keys[i] = keys[i-1]
			continue
		}
		keys[i] = t.bound(token)
	}
	return keys, nil
}

// completed has all customers of the last token.
func (t *table) completed(ctx context.Context, tokens []int64) ([]int64, error) {
	last := tokens[len(tokens)-1]
	for len(tokens) > 0 && tokens[len(tokens)-1] == last {
		tokens = tokens[:len(tokens)-1]
	}
	partition := list(t.keys[:t.partition])
	selected, width := "token("+partition+")", 1
	if t.rowless {
		selected, width = list(t.keys), len(t.keys)
	}
	text := fmt.Sprintf("SELECT %s FROM %s WHERE token(%s) = ?", selected, t.customers(), partition)
	err := t.readSegment(ctx, text, []any{last}, width, driverkit.Room{}, func([]raw) error {
		tokens = append(tokens, last)
		return nil
	})
	return tokens, err
}

// BoundPart refuses every part: the customers lie in the order of their tokens,
// which are hashes, so that no two keys have a stretch between them that a person
// could mean.
func (t *table) BoundPart(context.Context, database.Part) (database.Bound, error) {
	return database.Bound{}, &database.PartError{Reason: "Cassandra keeps rows in the order of their keys' hashes, so that there is no part from one key to another; name the rows in a file (--file)"}
}

// refuseWhere: CQL has no condition that could stand beside the others for every
// table. It filters only under ALLOW FILTERING, knows no brackets and no OR, and
// treats null otherwise than SQL does.
func (t *table) refuseWhere() error {
	if t.plan.Where == "" {
		return nil
	}
	return driverkit.Broken("customer-scanner/where: CQL cannot choose rows by a condition; name them in a file (--file), or let the migration's check statement, or its function, leave out the others")
}

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
