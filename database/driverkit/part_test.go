package driverkit_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// numbers looks at customers 1 to n, every so manieth of whom matches, and notes
// how many it was asked for at a time.
func numbers(n, every int, asked *[]int) func(database.Key, int) ([]driverkit.Looked, error) {
	return func(after database.Key, rows int) ([]driverkit.Looked, error) {
		*asked = append(*asked, rows)
		begin := 0
		if after != nil {
			begin, _ = strconv.Atoi(after[0])
		}
		var looked []driverkit.Looked
		for id := begin + 1; id <= min(n, begin+rows); id++ {
			looked = append(looked, driverkit.Looked{Key: database.Key{strconv.Itoa(id)}, Matches: id%every == 0})
		}
		return looked, nil
	}
}

// TestAFetchReturnsAllThatMatch, in pages, however few they are.
func TestAFetchReturnsAllThatMatch(t *testing.T) {
	for _, every := range []int{1, 2, 999, 70_000, 1_000_000} {
		var asked []int
		var found []string
		look := numbers(200_000, every, &asked)
		for after := database.Key(nil); ; {
			page, err := driverkit.FetchMatching(after, 1000, look)
			for _, key := range page {
				found = append(found, key[0])
			}
			var unfinished *database.UnfinishedError
			switch {
			case errors.As(err, &unfinished):
				after = unfinished.Through
				continue
			case len(page) < 1000:
			default:
				after = page[len(page)-1]
				continue
			}
			require.NoError(t, err)
			break
		}
		require.Len(t, found, 200_000/every, "every %d", every)
		require.LessOrEqual(t, slices.Max(asked), 10_000)
	}
}

func TestAFetchStopsAfterLookingAtMany(t *testing.T) {
	var asked []int
	found, err := driverkit.FetchMatching(nil, 10, numbers(10_000_000, 30_000, &asked))
	require.Equal(t, []database.Key{{"30000"}}, found)
	var unfinished *database.UnfinishedError
	require.ErrorAs(t, err, &unfinished)
	require.Equal(t, database.Key{"53410"}, unfinished.Through)
}
