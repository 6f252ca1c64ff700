package cassandra

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestWhoSharesARequest holds that only customers who were read next to each
// other do, as many and as large as a node takes without a warning.
func TestWhoSharesARequest(t *testing.T) {
	one, other := &stretch{}, &stretch{}
	works := func(count int, together *stretch) (list []*work) {
		for range count {
			list = append(list, &work{seen: &seen{stretch: together}, written: true})
		}
		return list
	}
	mixed := append(works(2, one), works(3, other)...)
	unwritten := works(4, one)
	unwritten[1].written = false
	for name, test := range map[string]struct {
		inFlight, bytes int
		list            []*work
		expected        []int
	}{
		"none":                       {0, 10, nil, nil},
		"ten at most":                {0, 10, works(23, one), []int{10, 10, 3}},
		"few in flight":              {8, 10, works(5, one), []int{2, 2, 1}},
		"one in flight":              {1, 10, works(2, one), []int{1, 1}},
		"another stretch":            {0, 10, mixed, []int{2, 3}},
		"read by their keys":         {0, 10, works(2, nil), []int{1, 1}},
		"those who are not written":  {0, 10, unwritten, []int{3}},
		"large rows":                 {0, 1500, works(5, one), []int{2, 2, 1}},
		"rows too large for a batch": {0, 9000, works(2, one), []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			table := &table{connection: &connection{options: database.Options{InFlight: test.inFlight}}}
			var sizes []int
			for _, batch := range table.batches(test.list, func(*work) mutation { return mutation{bytes: test.bytes} }) {
				sizes = append(sizes, len(batch))
			}
			require.Equal(t, test.expected, sizes)
		})
	}
}

// TestValuesOutliveTheRowInHand: rows share pieces of memory, and none of them
// writes into another.
func TestValuesOutliveTheRowInHand(t *testing.T) {
	row, targets := newCells(3)
	read := func(values ...[]byte) []raw {
		for i, value := range values {
			require.NoError(t, targets[i].(*cell).UnmarshalCQL(nil, value))
		}
		return row.row()
	}
	first := read([]byte("a"), nil, []byte{})
	second := read([]byte("b"), make([]byte, 2*storeBytes), []byte("c"))
	first[0] = append(first[0], 'x')

	require.Equal(t, []raw{raw("ax"), nil, {}}, first)
	require.NotNil(t, first[2], "an empty value is not null")
	require.Equal(t, []raw{raw("b"), make(raw, 2*storeBytes), raw("c")}, second)
}
