package mysql

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"db-migrate/database"
)

// SameKeys finds keys that are equal for the server and spelled in different ways.
func (t *table) SameKeys(ctx context.Context, keys []database.Key) ([]int, error) {
	places, err := t.same(ctx, t.readers)(keys)
	return places, classify(err)
}

// same is SameKeys in a session.
func (t *table) same(ctx context.Context, in session) func([]database.Key) ([]int, error) {
	return func(keys []database.Key) ([]int, error) {
		if len(keys) == 0 || !slices.ContainsFunc(t.keys, column.spelled) {
			return database.SameTexts(keys), nil
		}
		return t.samePlaces(ctx, in, keys)
	}
}

// samePlaces lets the server sort equal keys together.
func (t *table) samePlaces(ctx context.Context, in session, keys []database.Key) ([]int, error) {
	values := t.values(len(keys), len(t.keys)+4)
	for place, key := range keys {
		values.begin()
		values.literal(strconv.Itoa(place))
		if err := t.addKey(values, key); err != nil {
			return nil, err
		}
		values.end()
	}
	aliases, typed := []string{"place"}, make([]string, len(t.keys))
	for i, key := range t.keys {
		alias := fmt.Sprintf("k%d", i)
		aliases, typed[i] = append(aliases, alias), key.typed(alias)
	}
	list := "WITH l(" + strings.Join(aliases, ", ") + ") AS (VALUES " + values.text.String() + ") "
	places := make([]int, 0, len(keys))
	err := query(ctx, in, list+"SELECT MIN(place) OVER (PARTITION BY "+strings.Join(typed, ", ")+") FROM l ORDER BY place", values.arguments, func(row [][]byte) error {
		places = append(places, int(number(row[0])))
		return nil
	})
	return places, err
}
