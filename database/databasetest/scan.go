package databasetest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// scanned is how many customers the tests of the scan make.
const scanned = 11

func scanRules(harness Harness) []rule {
	rules := []rule{
		{"an empty table has no bound", emptyBound},
		{"nothing lies behind the bound", behindBound},
		{"customers that are gone are left out", goneAreLeftOut},
		{"values are read as they are stored", valuesAsStored},
	}
	for _, kind := range harness.Kinds {
		rules = append(rules,
			rule{"pages follow each other in the database's order: " + string(kind), pagesInOrder(kind)},
			rule{"a range ends at its bounds: " + string(kind), rangeBounds(kind)},
			rule{"keys survive JSON: " + string(kind), keysSurviveJSON(kind)},
			rule{"the ledger is read by range: " + string(kind), ledgerByRange(kind)},
			rule{"customers are written: " + string(kind), kindIsWritten(kind)})
	}
	return rules
}

func emptyBound(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 0)
	bound, err := f.table.Bound(t.Context(), nil)
	require.NoError(t, err)
	require.Nil(t, bound.UpTo)
	require.Zero(t, bound.Estimate)
	keys, err := f.table.Fetch(t.Context(), nil, nil, 10)
	require.NoError(t, err)
	require.Empty(t, keys)
	require.Empty(t, f.readAll())
}

func behindBound(t *testing.T, h Harness) {
	f := h.numbers(t)
	bound, err := f.table.Bound(t.Context(), nil)
	require.NoError(t, err)
	require.NotNil(t, bound.UpTo)
	keys, err := f.table.Fetch(t.Context(), bound.UpTo, nil, 10)
	require.NoError(t, err)
	require.Empty(t, keys)
	bound, err = f.table.Bound(t.Context(), bound.UpTo)
	require.NoError(t, err)
	require.Zero(t, bound.Estimate)
}

func goneAreLeftOut(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.site("DELETE FROM customers WHERE name = 'Bob'")
	rows, err := f.table.ReadKeys(t.Context(), f.keysOf("Anna", "Bob", "Carl"))
	require.NoError(t, err)
	require.Len(t, rows, 2)
}

func valuesAsStored(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 2)
	f.site("UPDATE customers SET amount = ?, data = ?, first_name = ?, score = 7 WHERE name = 'Anna'", int64(-9007199254740993), []byte{0, 0xff}, "Zoë")
	f.site("UPDATE customers SET amount = NULL, data = ? WHERE name = 'Bob'", []byte{})
	anna, bob := f.read("Anna")[0], f.read("Bob")[0]
	require.Equal(t, int64(-9007199254740993), anna.Value("amount"))
	require.Equal(t, []byte{0, 0xff}, anna.Value("data"))
	require.Equal(t, "Zoë", anna.Value("first_name"))
	require.Equal(t, int64(7), anna.Value("score"))
	require.True(t, bob.Null("amount"))
	require.Equal(t, []byte{}, bob.Value("data"), "empty is not NULL")
	require.True(t, bob.Null("first_name"))
}

// inOrder is the customers' keys in the order in which the site sorts them.
func (f *fixture) inOrder(kind KeyKind) []database.Key {
	names := f.texts("SELECT name FROM customers ORDER BY " + kind.orderBy())
	require.Len(f, names, scanned)
	return f.keysOf(names...)
}

func pagesInOrder(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		var after database.Key
		var found []database.Key
		for {
			page, err := f.table.Fetch(t.Context(), after, nil, 3)
			require.NoError(t, err)
			found = append(found, page...)
			if len(page) < 3 {
				break
			}
			after = page[2]
		}
		require.Equal(t, f.inOrder(kind), found)
		bound, err := f.table.Bound(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, found[scanned-1], bound.UpTo)
	}
}

func rangeBounds(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		keys := f.inOrder(kind)
		part := database.Range{After: keys[1], UpTo: keys[7]}
		fetched, err := f.table.Fetch(t.Context(), part.After, part.UpTo, 100)
		require.NoError(t, err)
		require.Equal(t, keys[2:8], fetched)
		rows, err := f.table.Read(t.Context(), part, nil, 4)
		require.NoError(t, err)
		require.Equal(t, keys[2:6], keysOfRows(rows))
		rows, err = f.table.Read(t.Context(), part, rows[3].Key, 4)
		require.NoError(t, err)
		require.Equal(t, keys[6:8], keysOfRows(rows), "after the fourth")
		rows, err = f.table.ReadKeys(t.Context(), keys[4:7])
		require.NoError(t, err)
		require.ElementsMatch(t, keys[4:7], keysOfRows(rows))
	}
}

func keysOfRows(rows []database.Row) []database.Key {
	keys := make([]database.Key, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	return keys
}

func keysSurviveJSON(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		text, err := json.Marshal(f.inOrder(kind))
		require.NoError(t, err)
		var keys []database.Key
		require.NoError(t, json.Unmarshal(text, &keys))
		require.Equal(t, f.inOrder(kind), keys)
		rows, err := f.table.ReadKeys(t.Context(), keys)
		require.NoError(t, err)
		require.Len(t, rows, scanned)
	}
}

// ledgerByRange: the ledger must sort its keys as the table does, or an attempt
// that is repeated misses what the one before has written.
func ledgerByRange(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		f.write(f.mark, greetAll(f.readAll()...))
		keys := f.inOrder(kind)
		part := database.Range{After: keys[1], UpTo: keys[7]}
		for _, test := range []struct {
			after, upTo database.Key
			expected    []database.Key
		}{{nil, nil, keys[2:8]}, {keys[3], nil, keys[4:8]}, {nil, keys[5], keys[2:6]}, {keys[3], keys[5], keys[4:6]}} {
			rows, err := f.table.LedgerOfRange(t.Context(), f.mark, part, test.after, test.upTo)
			require.NoError(t, err)
			var found []database.Key
			for _, row := range rows {
				found = append(found, row.Key)
			}
			require.ElementsMatch(t, test.expected, found)
		}
	}
}

func kindIsWritten(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		require.NotContains(t, f.write(f.mark, greetAll(f.readAll()...)), false)
		f.requireMigrated(f.texts("SELECT name FROM customers")...)
	}
}
