package mysql

import (
	"context"
	"encoding/hex"
	"strings"
	"unicode"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// ParseKey is the key that a person has written, as the server would print it.
func (t *table) ParseKey(ctx context.Context, columns []string) (database.Key, error) {
	key, err := t.parseKey(columns)
	if err != nil {
		return nil, &database.KeyError{Reason: err.Error()}
	}
	keys := []database.Key{key}
	if err := t.dropUnheld(ctx, keys); err != nil {
		return nil, classify(err)
	}
	if keys[0] == nil {
		return nil, &database.KeyError{Reason: "key " + key.String() + ": it has letters that the key's character set does not have"}
	}
	return key, nil
}

// ParseKeys parses many keys; the server is asked only about letters of character
// sets that are not Unicode's, and about all of a column's at once.
func (t *table) ParseKeys(ctx context.Context, written [][]string) ([]database.Key, error) {
	keys := make([]database.Key, len(written))
	for i, columns := range written {
		if key, err := t.parseKey(columns); err == nil {
			keys[i] = key
		}
	}
	return keys, classify(t.dropUnheld(ctx, keys))
}

func (t *table) parseKey(columns []string) (database.Key, error) {
	if err := t.CheckWidth(columns); err != nil {
		return nil, err
	}
	key := make(database.Key, len(columns))
	for i, column := range t.keys {
		value, err := column.argument(columns[i])
		if err != nil {
			return nil, err
		}
		if raw, isBytes := value.([]byte); isBytes {
			key[i] = `\x` + hex.EncodeToString(raw)
		} else if key[i], err = column.canonical(columns[i]); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// dropUnheld makes nil of keys with letters that their column's character set does
// not have: no row has them, and the server refuses to compare them.
func (t *table) dropUnheld(ctx context.Context, keys []database.Key) error {
	for i, column := range t.keys {
		if !column.text() {
			continue
		}
		var asked []int
		for k, key := range keys {
			switch {
			case key == nil || !hasBeyond(key[i], unicode.MaxASCII):
			case column.charset == "utf8mb4" || column.charset == "utf16" || column.charset == "utf16le" || column.charset == "utf32":
			case column.charset == "utf8mb3" || column.charset == "utf8" || column.charset == "ucs2":
				if hasBeyond(key[i], lastOfThreeBytes) {
					keys[k] = nil
				}
			default:
				asked = append(asked, k)
			}
		}
		if err := t.dropConverted(ctx, i, keys, asked); err != nil {
			return err
		}
	}
	return nil
}

// lastOfThreeBytes is the last letter that utf8mb3 and ucs2 have.
const lastOfThreeBytes = 0xFFFF

func hasBeyond(text string, last rune) bool {
	return strings.ContainsFunc(text, func(letter rune) bool { return letter > last })
}

// dropConverted lets the server convert texts to a column's character set and back:
// letters that it does not have become others.
func (t *table) dropConverted(ctx context.Context, column int, keys []database.Key, asked []int) error {
	if len(asked) == 0 {
		return nil
	}
	values := t.values(len(asked), 2)
	for _, k := range asked {
		values.begin()
		values.add(k)
		values.add(keys[k][column])
		values.end()
	}
	text := "WITH l(place, k) AS (VALUES " + values.text.String() + ") SELECT place, CONVERT(CONVERT(k USING " + t.keys[column].charset + ") USING utf8mb4) FROM l"
	return query(ctx, t.readers, text, values.arguments, func(texts driverkit.Texts) error {
		row := texts.Values(nil)
		if place := row.Number(0); row.Text(1) != keys[place][column] {
			keys[place] = nil
		}
		return nil
	})
}
