package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
)

// SameKeys finds keys that are equal for SQLite and spelled in different ways.
func (t *table) SameKeys(ctx context.Context, keys []database.Key) ([]int, error) {
	return t.same(ctx)(keys)
}

// same is SameKeys as a function of the keys.
func (t *table) same(ctx context.Context) func([]database.Key) ([]int, error) {
	return func(keys []database.Key) ([]int, error) {
		if len(keys) == 0 || !slices.ContainsFunc(t.keys, keyColumn.spelled) {
			return database.SameTexts(keys), nil
		}
		return t.samePlaces(ctx, keys)
	}
}

// spelled reports whether equal values may be spelled in different ways, as the
// key's collation has it.
func (c keyColumn) spelled() bool {
	return c.kind == "text" && c.collation != "" && !strings.EqualFold(c.collation, "BINARY")
}

// samePlaces lets SQLite sort equal keys together.
func (t *table) samePlaces(ctx context.Context, keys []database.Key) ([]int, error) {
	arguments, err := t.allArguments(keys)
	if err != nil {
		return nil, err
	}
	rows, names, columns := make([]string, len(keys)), []string{"place"}, make([]string, len(t.keys))
	for place := range keys {
		rows[place] = fmt.Sprintf("(%d%s)", place, strings.Repeat(",?", len(t.keys)))
	}
	for i, column := range t.keys {
		names, columns[i] = append(names, fmt.Sprintf("k%d", i)), fmt.Sprintf("k%d", i)
		if column.collation != "" {
			columns[i] += " COLLATE " + quote(column.collation)
		}
	}
	text := fmt.Sprintf("WITH l(%s) AS (VALUES %s) SELECT min(place) OVER (PARTITION BY %s) FROM l ORDER BY place",
		strings.Join(names, ", "), strings.Join(rows, ","), strings.Join(columns, ", "))
	places := make([]int, 0, len(keys))
	err = t.query(ctx, text, arguments, 1, func(values []any) error {
		place, _ := values[0].(int64)
		places = append(places, int(place))
		return nil
	})
	return places, err
}
