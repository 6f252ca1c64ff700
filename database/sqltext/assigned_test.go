package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestAssigned(t *testing.T) {
	for text, columns := range map[string][]string{
		"UPDATE c SET a = 1 WHERE id = :id":                                                          {"a"},
		"UPDATE c SET a = f(b, 'x, y = z'), b=c WHERE id IN (:ids) AND d = 2":                        {"a", "b"},
		"update c as t set \"A b\" = 1, t.e = (SELECT x FROM y WHERE z = 1) FROM v WHERE t.id = :id": {"A b", "e"},
		"UPDATE c SET (a, \"b\") = (1, 2) WHERE id = :id RETURNING id":                               {"a", "b"},
		"UPDATE c SET /* q = */ a -- r =\n = 'WHERE', b = NULL\nWHERE id = :id":                      {"a", "b"},
		"WITH x AS (UPDATE d SET q = 1) UPDATE c SET a = 1 FROM x WHERE id = :id":                    {"a"},
		"UPDATE c SET a = CASE WHEN b = 1 THEN 2 ELSE c END, d = :id WHERE id = :id":                 {"a", "d"},
		"DELETE FROM c WHERE id = :id":                                                               nil,
		"INSERT INTO n SELECT a FROM c WHERE id = :id":                                               nil,
	} {
		parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
		require.NoError(t, err)
		assert.Equal(t, columns, parsed.Assigned(), text)
	}
	parsed, err := sqltext.Parse("UPDATE `c` SET `a``b` = 1 WHERE id = :id", sqltext.MySQL)
	require.NoError(t, err)
	assert.Equal(t, []string{"a`b"}, parsed.Assigned())
}
