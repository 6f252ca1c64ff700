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
		{name: "an empty table has no bound", test: emptyBound},
		{name: "nothing lies behind the bound", test: behindBound},
		{name: "customers that are gone are left out", test: goneAreLeftOut},
		{name: "values are read as they are stored", test: valuesAsStored},
		{name: "reads are cut by what rows weigh", test: readsAreCut},
	}
	for _, kind := range harness.Kinds {
		rules = append(rules, needing(KeyBounds,
			rule{name: "pages follow each other in the database's order: " + string(kind), test: pagesInOrder(kind)},
			rule{name: "a range ends at its bounds: " + string(kind), test: rangeBounds(kind)})...)
		rules = append(rules,
			rule{name: "the ranges of the pages hold each customer once: " + string(kind), test: rangesCoverAll(kind)},
			rule{name: "keys survive JSON: " + string(kind), test: keysSurviveJSON(kind)},
			rule{name: "the ledger is read by range: " + string(kind), test: ledgerByRange(kind)},
			rule{name: "customers are written: " + string(kind), test: kindIsWritten(kind)},
			rule{name: "customers are written under a lock: " + string(kind), test: kindUnderLock(kind)},
			rule{name: "a ledger row is in the way: " + string(kind), test: kindInTheWay(kind)},
			rule{name: "a dead letter takes the key: " + string(kind), test: kindIsBuried(kind)})
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
	f.delete("Bob")
	rows, err := f.table.ReadKeys(t.Context(), f.keysOf("Anna", "Bob", "Carl"))
	require.NoError(t, err)
	require.Len(t, rows, 2)
}

func valuesAsStored(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 2)
	for column, value := range map[string]any{"amount": int64(-9007199254740993), "data": []byte{0, 0xff}, "first_name": "Zoë", "score": int64(7)} {
		f.set("Anna", column, value)
	}
	f.set("Bob", "amount", nil)
	f.set("Bob", "data", []byte{})
	anna, bob := f.read("Anna")[0], f.read("Bob")[0]
	require.Equal(t, int64(-9007199254740993), anna.Value("amount"))
	require.Equal(t, []byte{0, 0xff}, anna.Value("data"))
	require.Equal(t, "Zoë", anna.Value("first_name"))
	require.Equal(t, int64(7), anna.Value("score"))
	require.True(t, bob.Null("amount"))
	require.Equal(t, []byte{}, bob.Value("data"), "empty is not NULL")
	require.True(t, bob.Null("first_name"))
}

// readsAreCut: no read brings more than it may weigh, but one row at least, and those
// that follow each other bring all rows.
func readsAreCut(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 7)
	for _, name := range f.names() {
		f.set(name, "data", make([]byte, 10_000))
	}
	for bytes, most := range map[int]int{25_000: 3, 1: 1} {
		f.Options.ReadBytes = bytes
		table := f.open(plan())
		require.Equal(t, f.names(), f.readCut(table, most))
		_, err := table.ReadKeys(t.Context(), f.keysOf(f.names()...))
		require.ErrorIs(t, err, database.ErrCut)
		rows, err := database.ReadEach(t.Context(), table, f.keysOf(f.names()...))
		require.NoError(t, err)
		require.Len(t, rows, 7)
		rows, err = table.ReadKeys(t.Context(), f.keysOf("Anna"))
		require.NoError(t, err, "a single row is read whatever it weighs")
		require.Len(t, rows, 1)
	}
}

// readCut reads all rows, at most so many at a time, though five are asked for.
func (f *fixture) readCut(table database.Table, most int) []string {
	var names []string
	for after := database.Key(nil); ; {
		rows, err := table.Read(f.Context(), database.Range{}, after, 5)
		for _, row := range rows {
			names, after = append(names, f.nameOf(row)), row.Key
		}
		if err == nil && len(rows) < 5 {
			return names
		}
		require.ErrorIs(f, err, database.ErrCut)
		require.NotEmpty(f, rows)
		require.LessOrEqual(f, len(rows), most)
	}
}

// inOrder is the customers' keys in the order in which the site sorts them.
func (f *fixture) inOrder() []database.Key {
	names := f.names()
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
		require.Equal(t, f.inOrder(), found)
		bound, err := f.table.Bound(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, found[scanned-1], bound.UpTo)
	}
}

// rangesCoverAll makes ranges of the pages, as the scanner does, and reads each in
// pieces, as the migrator does.
func rangesCoverAll(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		bound, err := f.table.Bound(t.Context(), nil)
		require.NoError(t, err)
		var after database.Key
		var found []database.Key
		for {
			page, err := f.table.Fetch(t.Context(), after, bound.UpTo, 4)
			require.NoError(t, err)
			if len(page) == 0 {
				break
			}
			last := page[len(page)-1]
			read := f.readInPieces(database.Range{After: after, UpTo: last}, 3)
			require.Len(t, read, len(page))
			found, after = append(found, read...), last
		}
		require.Equal(t, f.inOrder(), found)
	}
}

func (f *fixture) readInPieces(part database.Range, limit int) []database.Key {
	var keys []database.Key
	var after database.Key
	for {
		rows, err := f.table.Read(f.Context(), part, after, limit)
		require.NoError(f, err)
		keys = append(keys, keysOfRows(rows)...)
		if len(rows) < limit {
			return keys
		}
		after = keys[len(keys)-1]
	}
}

func rangeBounds(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		keys := f.inOrder()
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
		text, err := json.Marshal(f.inOrder())
		require.NoError(t, err)
		var keys []database.Key
		require.NoError(t, json.Unmarshal(text, &keys))
		require.Equal(t, f.inOrder(), keys)
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
		keys := f.inOrder()
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
		f.requireMigrated(f.names()...)
	}
}

func kindUnderLock(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		for _, key := range f.keysOf(f.names()...) {
			written, err := f.table.WriteLocked(t.Context(), f.mark, key, func(row database.Row) (database.Change, error) {
				require.Equal(t, key, row.Key)
				return greet(row), nil
			})
			require.NoError(t, err)
			require.True(t, written)
		}
		f.requireMigrated(f.names()...)
	}
}

func kindInTheWay(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		names := f.names()
		f.migrate(names[4])
		_, err := f.table.Write(t.Context(), f.mark, greetAll(f.read(names[3:6]...)...))
		require.ErrorIs(t, err, database.ErrLedgerConflict)
		f.requireMigrated(names[4])
		rows, err := f.table.Ledger(t.Context(), f.keysOf(names...))
		require.NoError(t, err)
		require.Equal(t, []database.LedgerRow{{Key: f.keys[names[4]], Run: f.mark.Run.Number, Sequence: f.mark.Sequence}}, rows)
	}
}

// kindIsBuried: the letter takes the ledger key of him alone, and a later run finds
// him by it, and migrates him.
func kindIsBuried(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), scanned)
		for _, name := range f.names() {
			buried, err := f.bury(f.mark.Run, name)
			require.NoError(t, err)
			require.True(t, buried, name)
			_, err = f.bury(f.mark.Run, name)
			require.ErrorIs(t, err, database.ErrLedgerConflict)
		}
		second := f.newRun()
		require.ElementsMatch(t, f.names(), f.letters(second.Run))
		second.Replaces = true
		require.NotContains(t, f.write(second, greetAll(f.readAll()...)), false)
		f.requireMigrated(f.names()...)
	}
}
