package cassandra

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

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
	err := t.read(ctx, t.customers(), selected, width, after, upTo, limit, func(values []raw) error {
		token, err := tokenOf(values[width-1])
		tokens = append(tokens, token)
		return err
	})
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
	err := t.readSegment(ctx, text, []any{last}, width, 0, func([]raw) error {
		tokens = append(tokens, last)
		return nil
	})
	return tokens, err
}
