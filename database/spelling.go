package database

import "context"

// Speller is a table whose database may take keys for equal that are spelled in
// different ways: texts without regard to case, 1.0 and 1.00.
type Speller interface {
	// SameKeys is, for each of the keys, the place of the first among them that the
	// database takes for the same.
	SameKeys(ctx context.Context, keys []Key) ([]int, error)
}

// SameKeys asks a table whose keys may be spelled in different ways; those of other
// tables are the same if their texts are.
func SameKeys(ctx context.Context, table Table, keys []Key) ([]int, error) {
	if speller := table.Traits().Speller; speller != nil {
		return speller.SameKeys(ctx, keys)
	}
	return SameTexts(keys), nil
}

// SameTexts is, for each of the keys, the place of the first of the same text.
func SameTexts(keys []Key) []int {
	first, places := make(map[string]int, len(keys)), make([]int, len(keys))
	for i, key := range keys {
		text := key.Text()
		place, seen := first[text]
		if !seen {
			place, first[text] = i, i
		}
		places[i] = place
	}
	return places
}

// PlacesOf is, for each key that a database has answered with, the place of the key
// that it was asked for; -1: it was asked for none like it. same is asked only about
// keys that no text among the asked ones is equal to.
func PlacesOf(asked, found []Key, same func([]Key) ([]int, error)) ([]int, error) {
	first, places := make(map[string]int, len(asked)), make([]int, len(found))
	for i, key := range asked {
		first[key.Text()] = i
	}
	var unknown []int
	for i, key := range found {
		place, known := first[key.Text()]
		if !known {
			place, unknown = -1, append(unknown, i)
		}
		places[i] = place
	}
	if len(unknown) == 0 || len(asked) == 0 {
		return places, nil
	}
	all := append(make([]Key, 0, len(asked)+len(unknown)), asked...)
	for _, i := range unknown {
		all = append(all, found[i])
	}
	equal, err := same(all)
	if err != nil {
		return nil, err
	}
	for k, i := range unknown {
		if place := equal[len(asked)+k]; place < len(asked) {
			places[i] = place
		}
	}
	return places, nil
}

// AsAsked gives rows the keys that they were asked for by: what is known of a key is
// found by its text from then on, however the table spells it by now.
func AsAsked(asked []Key, rows []Row, same func([]Key) ([]int, error)) error {
	found := make([]Key, len(rows))
	for i, row := range rows {
		found[i] = row.Key
	}
	places, err := PlacesOf(asked, found, same)
	for i, place := range places {
		if place >= 0 {
			rows[i].Key = asked[place]
		}
	}
	return err
}

// LedgerAsAsked does so for ledger rows, which keep their own spelling beside it.
func LedgerAsAsked(asked []Key, rows []LedgerRow, same func([]Key) ([]int, error)) error {
	found := make([]Key, len(rows))
	for i, row := range rows {
		found[i] = row.Key
	}
	places, err := PlacesOf(asked, found, same)
	for i, place := range places {
		if place >= 0 && !asked[place].Equal(rows[i].Key) {
			rows[i].Stored, rows[i].Key = rows[i].Key, asked[place]
		}
	}
	return err
}
