package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// strideRules are for tables that find where a range ends without its keys: on
// keys of each kind they must find what a fetch finds.
func strideRules(harness Harness) []rule {
	var rules []rule
	for _, kind := range harness.Kinds {
		rules = append(rules, rule{name: "ends of ranges among " + string(kind), test: strideFinds(kind)})
	}
	return rules
}

func strideFinds(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.start(t, kind, plan(), 7)
		table := f.table.Traits().Strides
		if table == nil {
			t.Skip("this driver hands out all keys")
		}
		keys, err := f.table.Fetch(t.Context(), nil, f.last(), 100)
		require.NoError(t, err)
		require.Len(t, keys, 7)
		stride := func(after, upTo database.Key) database.Stride {
			found, err := table.Stride(t.Context(), after, upTo, 3)
			require.NoError(t, err)
			return found
		}
		require.Equal(t, database.Stride{UpTo: keys[2], Customers: 3}, stride(nil, keys[6]))
		require.Equal(t, database.Stride{UpTo: keys[5], Customers: 3}, stride(keys[2], keys[6]))
		require.Equal(t, database.Stride{UpTo: keys[6], Customers: 1, Last: true}, stride(keys[5], keys[6]))
		require.Equal(t, database.Stride{UpTo: keys[4], Customers: 2, Last: true}, stride(keys[2], keys[4]), "up to a key")
		require.Equal(t, database.Stride{Last: true}, stride(keys[6], keys[6]), "behind the last")
	}
}
