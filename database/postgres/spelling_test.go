package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestEqualKeysOfOtherSpelling: those that PostgreSQL takes for the same are the same
// row's, and others of the same look are not.
func TestEqualKeysOfOtherSpelling(t *testing.T) {
	for kind, test := range map[string]struct {
		there   string
		same    []string
		differs string
	}{
		"numeric":                  {"1.5", []string{"1.50", "01.500"}, "1.51"},
		"char(5)":                  {"ab", []string{"ab ", "ab   "}, "ab c"},
		"public.citext":            {"ann", []string{"ANN", "Ann"}, "anna"},
		"interval":                 {"1 day", []string{"24:00:00"}, "25:00:00"},
		"text COLLATE caseless":    {"strasse", []string{"Strasse", "STRASSE"}, "strase"},
		"named":                    {"ann", []string{"ANN"}, "anna"},
		"text":                     {"ann", nil, "ANN"},
		"varchar(9) COLLATE \"C\"": {"ann", nil, "Ann"},
	} {
		site := newSite(t, `CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE DOMAIN named AS text COLLATE caseless;
			CREATE TABLE customers (id `+kind+` PRIMARY KEY, a text); INSERT INTO customers VALUES ('`+test.there+`')`)
		connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
		require.NoError(t, err)
		keys, err := table.Fetch(t.Context(), nil, nil, 10)
		require.NoError(t, err)
		for _, text := range test.same {
			asked := database.Key{text}
			rows, err := table.ReadKeys(t.Context(), []database.Key{{test.differs}, asked})
			require.NoError(t, err)
			require.Len(t, rows, 1, "%s %s", kind, text)
			require.Equal(t, asked, rows[0].Key, kind)
			places, err := database.SameKeys(t.Context(), table, []database.Key{keys[0], {test.differs}, asked})
			require.NoError(t, err)
			require.Equal(t, []int{0, 1, 0}, places, "%s %s", kind, text)
		}
		rows, err := table.ReadKeys(t.Context(), []database.Key{{test.differs}})
		require.NoError(t, err)
		require.Empty(t, rows, kind)
	}
}
