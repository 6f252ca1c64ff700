package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestKeyAlone(t *testing.T) {
	id, pair := []string{"id"}, []string{"region", "id"}
	for _, test := range []struct {
		text  string
		key   []string
		alone bool
	}{
		{"UPDATE c SET a = 1 WHERE id IN (:ids)", id, true},
		{"UPDATE s.c AS x SET a = (SELECT 1 FROM d WHERE e) WHERE x.id IN (:ids) RETURNING id -- all", id, true},
		{"UPDATE c SET a = 1 WHERE id = :id", id, true},
		{"DELETE FROM c WHERE (id) IN (:ids) RETURNING id", id, true},
		{"UPDATE c SET a = 1 WHERE (region, c.id) IN (:ids)", pair, true},
		{"UPDATE c SET a = 1 WHERE id = :id AND region = :region", pair, true},
		{"UPDATE c SET a = 1 WHERE id = :id", pair, false},
		{"UPDATE c SET a = 1 WHERE (id, region) IN (:ids)", pair, false},
		{"UPDATE c SET a = 1 WHERE id IN (:ids) AND b", id, false},
		{"UPDATE c SET a = 1 WHERE id = :id AND b = 1", id, false},
		{"UPDATE c SET a = 1 WHERE id - 1 IN (:ids)", id, false},
		{"UPDATE c SET a = 1 WHERE b IN (:ids)", id, false},
		{"UPDATE c SET a = 1 FROM d WHERE id IN (:ids)", id, false},
		{"UPDATE c JOIN d SET a = 1 WHERE id IN (:ids)", id, false},
		{"UPDATE ONLY c SET a = 1 WHERE id IN (:ids)", id, false},
		{"UPDATE v SET a = 1 WHERE id IN (:ids)", id, false},
		{"DELETE FROM c USING d WHERE id IN (:ids)", id, false},
		{"WITH x AS (SELECT 1) UPDATE c SET a = 1 WHERE id IN (:ids)", id, false},
		{"INSERT INTO c SELECT 1 WHERE id IN (:ids)", id, false},
		{"UPDATE c SET a = 1 WHERE id = :id OR id = :id", id, false},
	} {
		parsed, err := sqltext.Parse(test.text, sqltext.PostgreSQL)
		require.NoError(t, err)
		assert.Equal(t, test.alone, parsed.KeyAlone("c", test.key), test.text)
	}
}

func TestParametersOfAnotherColumn(t *testing.T) {
	for text, swapped := range map[string]string{
		"SELECT a, b FROM t WHERE a = :a AND b = :b":                                                            "",
		"SELECT a, b FROM t WHERE a = :b AND b = :a":                                                            "a b",
		"SELECT a, b FROM t WHERE :b = t.a AND b = :a":                                                          "a b",
		"SELECT a, b FROM t WHERE a = :a AND b = :b AND a = :b + 1":                                             "",
		"SELECT a, b FROM t WHERE a = :a AND b = :b AND EXISTS (SELECT 1 FROM t m WHERE m.a = :b AND m.b = :a)": "",
		"SELECT a, b FROM t WHERE (a, b) IN (:ids)":                                                             "",
		"DELETE FROM child WHERE parent = :a AND number = :b":                                                   "",
		"INSERT INTO child (b, a) VALUES (:a, :b)":                                                              "",
		"UPDATE t SET n = 1 WHERE a = :a AND b = (SELECT max(b) FROM t x WHERE x.a = :a)":                       "",
	} {
		parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
		require.NoError(t, err, text)
		column, parameter := parsed.SwapsKey([]string{"a", "b"})
		require.Equal(t, swapped, strings.TrimSpace(column+" "+parameter), text)
	}
}
