package sqltext

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsWrittenByHowManyAreDone(t *testing.T) {
	none, err := Parse("SELECT id FROM t WHERE id IN (:ids) AND v IS NULL", PostgreSQL)
	require.NoError(t, err)
	for text, column := range map[string]string{
		"UPDATE t SET v = (SELECT count(*) FROM t x WHERE x.v IS NOT NULL) WHERE id IN (:ids)":                                                                              "v",
		"UPDATE t SET v = (SELECT coalesce(max(p.v), 0) + 1 FROM t p) WHERE id IN (:ids)":                                                                                   "v",
		"UPDATE t SET v = s.rn FROM (SELECT id, row_number() OVER (ORDER BY id) rn FROM t WHERE v IS NULL) s WHERE s.id = t.id AND t.id IN (:ids)":                          "v",
		"UPDATE t SET v = s.rn FROM (SELECT id, row_number() OVER (ORDER BY id) rn FROM t) s WHERE s.id = t.id AND t.id IN (:ids)":                                          "",
		"UPDATE t SET v = (SELECT max(x.v) + 1 FROM t x WHERE x.parent = t.id) WHERE id IN (:ids)":                                                                          "v",
		"UPDATE t SET v = (SELECT max(x.v) + 1 FROM t x WHERE x.parent = t.id) WHERE id IN (:ids) AND NOT EXISTS (SELECT 1 FROM t x WHERE x.parent = t.id AND x.v IS NULL)": "",
		"UPDATE t SET v = (SELECT p.v FROM t p WHERE p.id = t.parent) || id WHERE id IN (:ids)":                                                                             "v",
		"UPDATE t SET v = p.v + 1 FROM t p WHERE p.id = t.parent AND t.id IN (:ids)":                                                                                        "v",
		"UPDATE t SET v = p.v + 1 FROM t p WHERE p.id = t.parent AND t.id IN (:ids) AND p.v IS NOT NULL":                                                                    "",
		"UPDATE t SET v = p.other FROM t p WHERE p.id = t.parent AND t.id IN (:ids)":                                                                                        "",
		"UPDATE t o JOIN t b ON b.id = o.parent SET o.v = coalesce(b.v, 0) + 1 WHERE o.id IN (:ids)":                                                                        "v",
		"UPDATE t o LEFT JOIN t b ON b.parent = o.parent AND b.v = 1 SET o.v = if(b.id IS NULL, 1, 2) WHERE o.id IN (:ids)":                                                 "v",
		"UPDATE t SET v = (SELECT upper(x.v) FROM t x WHERE x.id = t.id) WHERE id IN (:ids)":                                                                                "",
		"UPDATE t SET v = (SELECT sum(n) FROM t x WHERE x.g = t.g) WHERE id IN (:ids)":                                                                                      "",
		"UPDATE t SET v = (SELECT max(v) FROM other) WHERE id IN (:ids)":                                                                                                    "",
		"UPDATE t SET v = t.v + 1 WHERE id IN (:ids) AND v IS NULL":                                                                                                         "",
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		assert.Equal(t, column, parsed.ReadsProgress([]string{"id"}, none), text)
	}
	parsed, err := Parse("UPDATE t SET v = p.v + 1 FROM t p WHERE p.id = t.parent AND t.id IN (:ids)", PostgreSQL)
	require.NoError(t, err)
	sure, err := Parse("SELECT id FROM t WHERE id IN (:ids) AND v IS NULL AND EXISTS (SELECT 1 FROM t p WHERE p.id = t.parent AND p.v IS NOT NULL)", PostgreSQL)
	require.NoError(t, err)
	require.Empty(t, parsed.ReadsProgress([]string{"id"}, sure), "the check asks for it")
	parsed, err = Parse("UPDATE t SET depth = p.depth + 1, path = p.path || '/' FROM t p WHERE p.id = t.parent AND t.id IN (:ids) AND p.depth IS NOT NULL", PostgreSQL)
	require.NoError(t, err)
	require.Empty(t, parsed.ReadsProgress([]string{"id"}, none), "one of the columns that are set tells of the row")
}

func TestASetThatMeetsItself(t *testing.T) {
	for text, mixes := range map[string]bool{
		"INSERT INTO o SELECT t.id, a.id FROM t, t a WHERE t.id IN (:ids) AND a.id IN (:ids)":                        true,
		"INSERT INTO o SELECT t.id, a.id FROM t JOIN c a ON a.t_id = t.id WHERE t.id IN (:ids) AND a.t_id IN (:ids)": false,
		"DELETE FROM friends WHERE friends.a IN (:ids) OR friends.b IN (:ids)":                                       false,
		"INSERT INTO o SELECT t.id FROM t WHERE t.id IN (:ids)":                                                      false,
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		assert.Equal(t, mixes, parsed.MixesRows(), text)
	}
}

func TestVariablesOfASession(t *testing.T) {
	for text, sets := range map[string]bool{
		"UPDATE t SET v = (@n := ifnull(@n, 0) + 1) WHERE id IN (:ids)": true,
		"UPDATE t SET v = @n WHERE id IN (:ids)":                        false,
		"UPDATE t SET v = 'a@b := c' WHERE id IN (:ids)":                false,
	} {
		parsed, err := Parse(text, MySQL)
		require.NoError(t, err, text)
		assert.Equal(t, sets, parsed.SetsVariables(), text)
	}
}
