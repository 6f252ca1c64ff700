package database_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// FuzzKeys: a key that is stored among the dead letters is the same when it is read.
func FuzzKeys(f *testing.F) {
	f.Add("1", "")
	f.Add("a\tb", "\x00")
	f.Add("[]", `"`)
	f.Fuzz(func(t *testing.T, first, second string) {
		one, err := database.ParseStored(database.Key{first}.Stored(), 1)
		require.NoError(t, err)
		require.Equal(t, database.Key{first}, one)
		if !utf8.ValidString(first) || !utf8.ValidString(second) {
			return // keys are UTF-8
		}
		two := database.Key{first, second}
		read, err := database.ParseStored(two.Stored(), 2)
		require.NoError(t, err)
		require.True(t, two.Equal(read))
		if numeric, err := database.NumericKey([]string{first}); err == nil {
			again, err := database.NumericKey(numeric)
			require.NoError(t, err)
			require.Equal(t, numeric, again)
		}
	})
}
