package mysql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/mysql"
)

// TestEqualKeysOfOtherSpelling: those that the server takes for the same are the same
// row's; what a column's character set does not have is nobody's.
func TestEqualKeysOfOtherSpelling(t *testing.T) {
	for kind, test := range map[string]struct {
		there   string
		same    []string
		differs []string
	}{
		"varchar(20)":                                         {"strasse", []string{"Strasse", "STRASSE", "strasse "}, []string{"strase", "🦊"}},
		"varchar(20) COLLATE utf8mb4_unicode_ci":              {"strasse", []string{"straße", "STRASSE"}, []string{"strase"}},
		"varchar(20) COLLATE utf8mb4_bin":                     {"a", []string{"a "}, []string{"A", "🦊"}},
		"varchar(20) COLLATE utf8mb4_nopad_bin":               {"a", nil, []string{"A", "a ", "🦊"}},
		"varchar(20) CHARACTER SET latin1":                    {"müller", []string{"MÜLLER", "Müller"}, []string{"mueller", "🦊"}},
		"varchar(20) CHARACTER SET latin1 COLLATE latin1_bin": {"?", []string{"? "}, []string{"🦊", "Ж"}},
		"varchar(20) CHARACTER SET utf8mb3":                   {"?", nil, []string{"🦊"}},
		"varchar(20) CHARACTER SET ascii":                     {"a", []string{"A"}, []string{"ä"}},
	} {
		site := newSite(t, "CREATE TABLE customers (id "+kind+" PRIMARY KEY, a text)")
		_, err := site.DB.Exec("INSERT INTO customers VALUES (?, NULL)", test.there)
		require.NoError(t, err)
		connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
		require.NoError(t, err)
		_, err = table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
		require.NoError(t, err)
		for _, text := range test.same {
			asked := database.Key{text}
			rows, err := table.ReadKeys(t.Context(), []database.Key{asked})
			require.NoError(t, err)
			require.Len(t, rows, 1, "%s %s", kind, text)
			require.Equal(t, asked, rows[0].Key, kind)
			places, err := database.SameKeys(t.Context(), table, []database.Key{{test.there}, asked})
			require.NoError(t, err)
			require.Equal(t, []int{0, 0}, places, "%s %s", kind, text)
		}
		for _, text := range test.differs {
			if _, err := table.ParseKey(t.Context(), []string{text}); err != nil {
				var none *database.KeyError
				require.ErrorAs(t, err, &none)
				found, err := database.ParseKeys(t.Context(), table, [][]string{{text}, {test.there}})
				require.NoError(t, err)
				require.Equal(t, []database.Key{nil, {test.there}}, found)
				continue // it is asked about nowhere else
			}
			keys := []database.Key{{test.there}, {text}}
			rows, err := table.ReadKeys(t.Context(), keys)
			require.NoError(t, err, "%s %s", kind, text)
			require.Len(t, rows, 1, "%s %s", kind, text)
			require.Equal(t, keys[0], rows[0].Key)
			places, err := database.SameKeys(t.Context(), table, keys)
			require.NoError(t, err)
			require.Equal(t, []int{0, 1}, places, "%s %s", kind, text)
		}
	}
}
