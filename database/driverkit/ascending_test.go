package driverkit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

func TestAscending(t *testing.T) {
	for name, test := range map[string]struct {
		keys      []database.Key
		ascending bool
	}{
		"one":            {[]database.Key{{"7"}}, true},
		"growing":        {[]database.Key{{"-5"}, {"9"}, {"10"}, {"9223372036854775807"}}, true},
		"falling":        {[]database.Key{{"10"}, {"9"}}, false},
		"by text only":   {[]database.Key{{"10"}, {"9"}, {"91"}}, false},
		"beyond 64 bits": {[]database.Key{{"1"}, {"18446744073709551615"}}, false},
		"words":          {[]database.Key{{"a"}, {"b"}}, false},
		"two columns":    {[]database.Key{{"1", "2"}, {"1", "3"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			writes := make([]database.Write, len(test.keys))
			for i, key := range test.keys {
				writes[i].Row.Key = key
			}
			require.Equal(t, test.ascending, driverkit.Ascending(writes))
		})
	}
}
