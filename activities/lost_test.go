package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/settle"
	"db-migrate/database"
)

// TestWhatIsLeftOfALostBatch: what it was last heard of counts, and the ledger is asked
// about all the rest.
func TestWhatIsLeftOfALostBatch(t *testing.T) {
	list := []database.Key{{"71"}, {"72"}}
	given := []database.Range{{Sequence: 3, After: database.Key{"10"}, UpTo: database.Key{"60"}, Customers: 50}, {Sequence: 4, Keys: list, Customers: 2},
		{Sequence: 5, After: database.Key{"80"}, UpTo: database.Key{"90"}, Customers: 10}}
	worked := func(part database.Range) database.Range {
		part.Worked = true
		return part
	}
	first, second := Counts{Migrated: 45, Skipped: 5}, Counts{Migrated: 1}
	all := []RangeCounts{{3, first}, {4, Counts{Migrated: 2}}, {5, Counts{Migrated: 10}}}
	for name, test := range map[string]struct {
		heard Progress
		done  []RangeCounts
		rest  []database.Range
	}{
		"nothing": {Progress{Of: 62}, []RangeCounts{{3, Counts{}}}, []database.Range{worked(given[0]), worked(given[1]), worked(given[2])}},
		"within a range": {Progress{Of: 62, Current: Counts{Migrated: 20}, Position: settle.Position{After: database.Key{"30"}}}, []RangeCounts{{3, Counts{Migrated: 20}}},
			[]database.Range{{Sequence: 3, After: database.Key{"30"}, UpTo: database.Key{"60"}, Customers: 30, Worked: true}, worked(given[1]), worked(given[2])}},
		"within a list": {Progress{Of: 62, Index: 1, Ranges: []RangeCounts{{3, first}}, Current: second, Position: settle.Position{Taken: 1}}, []RangeCounts{{3, first}, {4, second}},
			[]database.Range{{Sequence: 4, Keys: list[1:], Customers: 1, Worked: true}, worked(given[2])}},
		"a list is through": {Progress{Of: 62, Index: 1, Ranges: all[:1], Current: all[1].Counts, Position: settle.Position{Taken: 2}}, all[:2], []database.Range{worked(given[2])}},
		"all":               {Progress{Of: 62, Index: 3, Ranges: all}, all, nil},
	} {
		t.Run(name, func(t *testing.T) {
			result, known := test.heard.Lost(given)
			require.True(t, known)
			require.Equal(t, test.done, result.Ranges)
			require.Equal(t, test.rest, result.Rest)
		})
	}
	for _, other := range []Progress{{}, {Of: 61}, {Of: 62, Index: 1}, {Of: 62, Index: 1, Ranges: []RangeCounts{{4, first}}}, {Of: 62, Index: 4, Ranges: make([]RangeCounts, 4)}} {
		_, known := other.Lost(given)
		require.False(t, known, "%+v is heard of another batch", other)
	}
}
