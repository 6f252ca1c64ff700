package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestWhatAStatementDeletes(t *testing.T) {
	for _, test := range []struct {
		dialect           sqltext.Dialect
		text              string
		deletes, inserted string
	}{
		{sqltext.PostgreSQL, "DELETE FROM c WHERE id IN (:ids) RETURNING id", "c", ""},
		{sqltext.PostgreSQL, "DELETE FROM ONLY shop.c AS x USING d WHERE x.id = d.id", "shop.c shop.c", ""},
		{sqltext.PostgreSQL, "WITH x AS (DELETE FROM c WHERE id IN (:ids) RETURNING *) INSERT INTO archive SELECT * FROM x", "c", "archive"},
		{sqltext.PostgreSQL, "MERGE INTO c USING d ON c.id = d.id WHEN MATCHED THEN DELETE", "c", ""},
		{sqltext.PostgreSQL, "UPDATE c SET a = 'DELETE FROM c' WHERE id IN (:ids) -- DELETE FROM c", "", ""},
		{sqltext.SQLite, "DELETE FROM [c] WHERE id = :id", "[c]", ""},
		{sqltext.SQLite, "INSERT OR REPLACE INTO c (id) VALUES (:id)", "", "c"},
		{sqltext.MySQL, "DELETE x FROM c x JOIN d ON d.id = x.id WHERE x.id IN (:ids)", "x c", ""},
		{sqltext.MySQL, "DELETE QUICK FROM c WHERE id IN (:ids)", "c", ""},
		{sqltext.MySQL, "DELETE FROM x USING c AS x JOIN d WHERE x.id IN (:ids)", "x c", ""},
	} {
		parsed, err := sqltext.Parse(test.text, test.dialect)
		require.NoError(t, err)
		joined := func(names [][]string) string {
			var list []string
			for _, name := range names {
				list = append(list, strings.Join(name, "."))
			}
			return strings.Join(list, " ")
		}
		assert.Equal(t, test.deletes, joined(parsed.Deletes()), test.text)
		assert.Equal(t, test.inserted, joined(parsed.Inserts()), test.text)
	}
}

// TestWhatAStatementAnswersOfWhatItHasWritten: by RETURNING, or as a query of a WITH alone.
func TestWhatAStatementAnswersOfWhatItHasWritten(t *testing.T) {
	for text, answers := range map[string]bool{
		"UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING id":                                                                  true,
		"UPDATE t SET n = 1 WHERE id IN (:ids)":                                                                               false,
		"WITH u AS (UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING id) SELECT id FROM u":                                     true,
		"WITH u AS (DELETE FROM t WHERE id IN (:ids) RETURNING id), a AS (INSERT INTO log SELECT id FROM u) SELECT id FROM u": true,
		"WITH u AS (UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING id) SELECT id FROM t WHERE id IN (:ids)":                  false,
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)) SELECT id FROM s":                                                    false,
	} {
		parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
		require.NoError(t, err)
		assert.Equal(t, answers, parsed.Returns(), text)
	}
}
