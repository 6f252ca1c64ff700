package database_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// caseless takes keys for the same without regard to case.
func caseless(keys []database.Key) ([]int, error) {
	lower := make([]database.Key, len(keys))
	for i, key := range keys {
		lower[i] = database.Key{strings.ToLower(key.Text())}
	}
	return database.SameTexts(lower), nil
}

func TestPlacesOfWhatWasAnswered(t *testing.T) {
	asked := []database.Key{{"anna"}, {"Bob"}, {"carl"}}
	places, err := database.PlacesOf(asked, []database.Key{{"carl"}, {"BOB"}, {"nobody"}, {"anna"}}, caseless)
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, -1, 0}, places)

	never := func([]database.Key) ([]int, error) { return nil, errors.New("there was no need to ask") }
	places, err = database.PlacesOf(asked, []database.Key{{"carl"}, {"anna"}}, never)
	require.NoError(t, err)
	require.Equal(t, []int{2, 0}, places)
	_, err = database.PlacesOf(asked, []database.Key{{"CARL"}}, never)
	require.Error(t, err)
}

func TestAnswersBearTheKeyThatWasAskedFor(t *testing.T) {
	asked := []database.Key{{"anna"}, {"Bob"}}
	rows := []database.Row{{Key: database.Key{"BOB"}}, {Key: database.Key{"anna"}}}
	require.NoError(t, database.AsAsked(asked, rows, caseless))
	require.Equal(t, []database.Row{{Key: asked[1]}, {Key: asked[0]}}, rows)

	ledger := []database.LedgerRow{{Key: database.Key{"BOB"}, Run: 2}, {Key: database.Key{"anna"}, Run: 3}}
	require.NoError(t, database.LedgerAsAsked(asked, ledger, caseless))
	require.Equal(t, []database.LedgerRow{{Key: asked[1], Stored: database.Key{"BOB"}, Run: 2}, {Key: asked[0], Run: 3}}, ledger)
	require.Equal(t, database.Key{"BOB"}, ledger[0].Spelled())
	require.Equal(t, asked[0], ledger[1].Spelled())
}
