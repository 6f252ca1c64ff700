package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func partRules(harness Harness) []rule {
	var rules []rule
	for _, kind := range harness.Kinds {
		rules = append(rules,
			rule{name: "a part has both of its ends: " + string(kind), test: partBounds(kind)},
			rule{name: "a part's ends need not be there: " + string(kind), test: partBetween(kind)},
			rule{name: "a part whose ends are swapped is refused: " + string(kind), test: partSwapped(kind)},
			rule{name: "keys are written as they are read: " + string(kind), test: keysAsWritten(kind)})
	}
	return append(needing(KeyBounds, rules...), rule{name: "what no row can have is no key", test: noKeys})
}

// noKeys: of many keys, those that are none are told from the others.
func noKeys(t *testing.T, h Harness) {
	f := h.numbers(t)
	for _, written := range [][]string{{"one"}, {""}, {"1.5"}, {"99999999999999999999"}, {"7", "8"}, {}} {
		_, err := f.table.ParseKey(t.Context(), written)
		var none *database.KeyError
		require.ErrorAs(t, err, &none, "%q", written)
	}
	keys, err := database.ParseKeys(t.Context(), f.table, [][]string{{"7"}, {"one"}, {"7", "8"}, {"-5"}})
	require.NoError(t, err)
	require.Equal(t, []database.Key{{"7"}, nil, nil, {"-5"}}, keys)
}

// within are the customers whom the scan of a part finds, page by page.
func (f *fixture) within(part database.Part) []database.Key {
	f.Helper()
	bound, err := f.table.BoundPart(f.Context(), part)
	require.NoError(f, err)
	if bound.UpTo == nil {
		require.Zero(f, bound.Estimate)
		return nil
	}
	var found []database.Key
	for after := bound.After; ; {
		page, err := f.table.Fetch(f.Context(), after, bound.UpTo, 2)
		require.NoError(f, err)
		found = append(found, page...)
		if len(page) < 2 {
			break
		}
		after = page[1]
	}
	require.EqualValues(f, len(found), bound.Estimate, "the estimate of a small table")
	require.Equal(f, found, f.readInPieces(database.Range{After: bound.After, UpTo: bound.UpTo}, 3))
	return found
}

func partBounds(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		keys := f.inOrder()
		for _, ends := range [][2]int{{2, 7}, {0, 3}, {6, scanned - 1}, {4, 4}, {0, 0}, {0, scanned - 1}} {
			part := database.Part{From: keys[ends[0]], To: keys[ends[1]]}
			require.Equal(t, keys[ends[0]:ends[1]+1], f.within(part), "from %d to %d", ends[0], ends[1])
		}
		require.Equal(t, keys[8:], f.within(database.Part{From: keys[8]}))
		require.Equal(t, keys[:3], f.within(database.Part{To: keys[2]}))
		require.Equal(t, keys, f.within(database.Part{}))
	}
}

// partBetween: the site has deleted the customers at the ends.
func partBetween(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		keys, names := f.inOrder(), f.names()
		f.delete(names[2])
		f.delete(names[7])
		require.Equal(t, keys[3:7], f.within(database.Part{From: keys[2], To: keys[7]}))
		require.Empty(t, f.within(database.Part{From: keys[2], To: keys[2]}))
		f.delete(names[0])
		f.delete(names[scanned-1])
		require.Equal(t, []database.Key{keys[1]}, f.within(database.Part{From: keys[0], To: keys[2]}))
		require.Empty(t, f.within(database.Part{To: keys[0]}))
		require.Empty(t, f.within(database.Part{From: keys[scanned-1]}))
	}
}

func partSwapped(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		keys := f.inOrder()
		for _, ends := range [][2]int{{7, 2}, {1, 0}, {scanned - 1, 0}} {
			_, err := f.table.BoundPart(t.Context(), database.Part{From: keys[ends[0]], To: keys[ends[1]]})
			var refused *database.PartError
			require.ErrorAs(t, err, &refused, "from %d to %d", ends[0], ends[1])
			require.ErrorContains(t, err, "swap them")
		}
	}
}

func keysAsWritten(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		for _, key := range f.inOrder() {
			parsed, err := f.table.ParseKey(t.Context(), key)
			require.NoError(t, err)
			require.Equal(t, key, parsed)
		}
		_, err := f.table.ParseKey(t.Context(), append(f.inOrder()[0], "one more"))
		var none *database.KeyError
		require.ErrorAs(t, err, &none)
	}
}
