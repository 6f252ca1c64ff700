package sqltext

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsWrittenByHowManyAreDone(t *testing.T) {
	for text, column := range map[string]string{
		"UPDATE t SET v = (SELECT count(*) FROM t x WHERE x.v IS NOT NULL) WHERE id IN (:ids)":                                                     "v",
		"UPDATE t SET v = (SELECT coalesce(max(p.v), 0) + 1 FROM t p) WHERE id IN (:ids)":                                                          "v",
		"UPDATE t SET v = s.rn FROM (SELECT id, row_number() OVER (ORDER BY id) rn FROM t WHERE v IS NULL) s WHERE s.id = t.id AND t.id IN (:ids)": "v",
		"UPDATE t SET v = s.rn FROM (SELECT id, row_number() OVER (ORDER BY id) rn FROM t) s WHERE s.id = t.id AND t.id IN (:ids)":                 "",
		"UPDATE t SET v = (SELECT max(x.v) + 1 FROM t x WHERE x.parent = t.id) WHERE id IN (:ids)":                                                 "",
		"UPDATE t SET v = (SELECT sum(n) FROM t x WHERE x.g = t.g) WHERE id IN (:ids)":                                                             "",
		"UPDATE t SET v = (SELECT max(v) FROM other) WHERE id IN (:ids)":                                                                           "",
		"UPDATE t SET v = 1 WHERE id IN (:ids) AND v IS NULL":                                                                                      "",
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		assert.Equal(t, column, parsed.ReadsProgress(), text)
	}
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
