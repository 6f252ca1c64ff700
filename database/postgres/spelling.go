package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
)

// SameKeys finds keys that are equal for PostgreSQL and spelled in different ways.
func (t *table) SameKeys(ctx context.Context, keys []database.Key) ([]int, error) {
	places, err := t.same(ctx, t.reading())(keys)
	return places, classify(err)
}

// same is SameKeys in a session.
func (t *table) same(ctx context.Context, in session) func([]database.Key) ([]int, error) {
	return func(keys []database.Key) ([]int, error) {
		if len(keys) == 0 || !slices.ContainsFunc(t.keys, func(column column) bool { return column.spelled }) {
			return database.SameTexts(keys), nil
		}
		return t.samePlaces(ctx, in, keys)
	}
}

// samePlaces lets PostgreSQL sort equal keys together.
func (t *table) samePlaces(ctx context.Context, in session, keys []database.Key) ([]int, error) {
	var p parameters
	lists, columns := make([]string, len(t.keys)), make([]string, len(t.keys))
	for i, column := range t.keys {
		texts := make([]*string, len(keys))
		for k, key := range keys {
			if len(key) != len(t.keys) {
				return nil, t.keyWidth(key)
			}
			text := column.argument(key[i])
			texts[k] = &text
		}
		lists[i], columns[i] = p.texts(texts), column.cast(fmt.Sprintf("k%d", i))+column.comparing
	}
	text := fmt.Sprintf("SELECT min(place) OVER (PARTITION BY %s) - 1 FROM unnest(%s) WITH ORDINALITY AS w(%s, place) ORDER BY place",
		strings.Join(columns, ", "), strings.Join(lists, ", "), strings.Join(aliases(len(t.keys)), ", "))
	places := make([]int, 0, len(keys))
	err := query(ctx, in, text, p.values, func(values []*string) error {
		places = append(places, int(number(values[0])))
		return nil
	})
	return places, err
}
