package sqltext

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAChecksAnswerIsAboutEachRow(t *testing.T) {
	for text, depends := range map[string]string{
		"SELECT id FROM t WHERE id IN (:ids) AND n = 0":                                                                                                                                         "",
		"SELECT id FROM t WHERE id IN (:ids) AND n = 0 LIMIT 2":                                                                                                                                 "LIMIT",
		"SELECT id FROM t WHERE id IN (:ids) FETCH FIRST 3 ROWS ONLY":                                                                                                                           "FETCH",
		"SELECT max(id) FROM t WHERE id IN (:ids)":                                                                                                                                              "max()",
		"SELECT DISTINCT ON (b) id FROM t WHERE id IN (:ids)":                                                                                                                                   "DISTINCT ON",
		"SELECT DISTINCT id FROM t WHERE id IN (:ids)":                                                                                                                                          "",
		"SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY e ORDER BY id) rn FROM t WHERE id IN (:ids)) s WHERE rn > 1":                                                                "OVER",
		"SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY e ORDER BY id) rn FROM t) s WHERE id IN (:ids) AND rn > 1":                                                                  "",
		"SELECT id FROM t WHERE id IN (:ids) AND n = (SELECT max(n) FROM u WHERE u.id = t.id)":                                                                                                  "",
		"SELECT id FROM t WHERE id IN (:ids) AND EXISTS (SELECT 1 FROM u WHERE u.id = t.id LIMIT 1)":                                                                                            "",
		"SELECT t.id FROM t JOIN u ON u.t = t.id WHERE t.id IN (:ids) GROUP BY t.id HAVING count(*) > 1":                                                                                        "",
		"SELECT id FROM (SELECT id, count(*) n FROM o WHERE id IN (:ids) GROUP BY id) s WHERE n > 1":                                                                                            "",
		"SELECT id FROM (SELECT id FROM t WHERE id IN (:ids)) s LIMIT 5":                                                                                                                        "LIMIT",
		"SELECT id FROM t WHERE id = :id":                                                                                                                                                       "",
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)) SELECT id FROM s":                                                                                                                      "",
		`SELECT id FROM t WHERE id IN (:ids) AND "limit" > offset`:                                                                                                                              "",
		"SELECT id FROM (SELECT id, count(*) OVER () c FROM t WHERE id IN (:ids)) s":                                                                                                            "OVER",
		"SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY id ORDER BY e) rn FROM t WHERE id IN (:ids)) s WHERE rn > 1":                                                                "",
		"SELECT id FROM (SELECT id, sum(n) OVER (PARTITION BY e, t.id) s FROM t WHERE t.id IN (:ids)) s WHERE s > 1":                                                                            "",
		"SELECT DISTINCT ON (id) id FROM t WHERE id IN (:ids) ORDER BY id, n":                                                                                                                   "",
		"SELECT id FROM t WHERE id IN (:ids) GROUP BY e":                                                                                                                                        "GROUP BY of something else than the key",
		"SELECT id FROM t WHERE id IN (:ids) GROUP BY id / 100":                                                                                                                                 "GROUP BY of something else than the key",
		"SELECT id FROM t WHERE id IN (:ids) GROUP BY 1 HAVING count(*) > 1":                                                                                                                    "",
		"UPDATE t SET n = s.n FROM (SELECT t_id, count(*) n FROM o WHERE t_id IN (SELECT id FROM t WHERE id IN (:ids)) GROUP BY t_id) s WHERE s.t_id = t.id AND t.id IN (:ids)":                 "",
		"SELECT id FROM t WHERE n IN (SELECT max(n) FROM o WHERE t_id IN (SELECT id FROM t WHERE id IN (:ids)) GROUP BY e)":                                                                     "GROUP BY of something else than the key",
		"SELECT id FROM t WHERE id IN (:ids) OFFSET 1":                                                                                                                                          "OFFSET",
		"SELECT id FROM t TABLESAMPLE SYSTEM (50) WHERE id IN (:ids)":                                                                                                                           "TABLESAMPLE",
		"SELECT id FROM t WHERE id IN (:ids) AND ROWNUM() <= 3":                                                                                                                                 "ROWNUM()",
		"SELECT id FROM t WHERE id IN (:ids) AND n > (SELECT own_sum(n) FROM t WHERE id IN (:ids))":                                                                                             "own_sum()",
		"UPDATE t SET n = s.n FROM (SELECT t_id, sum(v) n FROM o WHERE t_id IN (:ids) GROUP BY t_id) s WHERE s.t_id = t.id AND t.id IN (:ids)":                                                  "",
		"UPDATE t SET n = (SELECT rn FROM (SELECT id, row_number() OVER (ORDER BY id) rn FROM t WHERE id IN (:ids)) x WHERE x.id = t.id) WHERE id IN (:ids)":                                    "OVER",
		"UPDATE t SET n = x.v FROM (SELECT o.*, row_number() OVER (PARTITION BY t_id ORDER BY at DESC) rn FROM o WHERE t_id IN (:ids)) x WHERE x.rn = 1 AND x.t_id = t.id AND t.id IN (:ids)":   "",
		"UPDATE t SET n = (SELECT v FROM o WHERE o.t_id = t.id ORDER BY at LIMIT 1) WHERE id IN (:ids)":                                                                                         "",
		"UPDATE t SET n = (SELECT count(*) FROM o WHERE o.t_id IN (:ids)) WHERE id IN (:ids)":                                                                                                   "count()",
		"WITH s AS (SELECT t_id, max(v) m FROM o WHERE t_id IN (:ids) GROUP BY t_id) UPDATE t SET n = s.m FROM s WHERE s.t_id = t.id AND t.id IN (:ids)":                                        "",
		"SELECT id FROM t WHERE id IN (:ids) AND n IS NULL UNION SELECT id FROM t WHERE id IN (:ids) AND m IS NULL":                                                                             "",
		"SELECT id FROM t WHERE id IN (SELECT min(id) FROM t WHERE id IN (:ids))":                                                                                                               "min()",
		"SELECT a.id FROM t a WHERE a.id IN (:ids) AND NOT EXISTS (SELECT 1 FROM t b WHERE b.id IN (:ids) AND b.grp = a.grp AND b.id < a.id)":                                                   "a subquery of its rows",
		"WITH q AS (SELECT * FROM t WHERE id IN (:ids)) SELECT id FROM t WHERE id IN (:ids) AND v = (SELECT max(v) FROM q)":                                                                     "max()",
		"WITH q AS (SELECT * FROM t WHERE id IN (:ids)), r AS (SELECT id, rank() OVER (ORDER BY id) AS rn FROM q) SELECT id FROM r WHERE rn = 1":                                                "OVER",
		"WITH q AS (SELECT id FROM t WHERE id IN (:ids)), s AS (SELECT id FROM q LIMIT 5) SELECT id FROM s":                                                                                     "LIMIT",
		"SELECT id FROM t WHERE id IN (:ids) AND t.v >= ALL (SELECT v FROM t WHERE id IN (:ids))":                                                                                               "a subquery of its rows",
		"WITH q AS (SELECT * FROM t WHERE id IN (:ids)), s AS (SELECT id, row_number() OVER (ORDER BY id) AS rn FROM q) UPDATE t SET ranked = s.rn FROM s WHERE s.id = t.id AND t.id IN (:ids)": "OVER",
		"WITH q AS (SELECT * FROM t WHERE id IN (:ids)), s AS (SELECT count(*) AS rn FROM q) UPDATE t SET ranked = s.rn FROM s WHERE t.id IN (:ids)":                                            "count()",
		"UPDATE t a SET n = coalesce((SELECT b.name FROM t b WHERE b.id IN (:ids) AND b.id = a.id - 1), 'first') WHERE id IN (:ids)":                                                            "a subquery of its rows",
		"UPDATE t SET n = array_to_string(ARRAY(SELECT x.id FROM t x WHERE x.id IN (:ids)), ',') WHERE id IN (:ids)":                                                                            "a subquery of its rows",
		"WITH x AS (SELECT parent_id, status, row_number() OVER w AS rn FROM c WHERE parent_id IN (:ids) WINDOW w AS (PARTITION BY parent_id ORDER BY id)) UPDATE t SET n = x.status FROM x WHERE x.rn = 1 AND x.parent_id = t.id AND t.id IN (:ids)": "",
		"WITH x AS (SELECT parent_id, row_number() OVER w AS rn FROM c WHERE parent_id IN (:ids) WINDOW w AS (ORDER BY id)) UPDATE t SET n = x.rn FROM x WHERE x.parent_id = t.id AND t.id IN (:ids)":                                                 "OVER",
		"SELECT id FROM t WHERE id IN (:ids) AND n < (SELECT count(*) FROM c WHERE c.parent_id = t.id AND c.parent_id IN (:ids))":                                                                                                                     "",
		"SELECT id FROM t WHERE id IN (:ids) AND EXISTS (SELECT 1 FROM c WHERE c.parent_id = t.id AND c.parent_id IN (:ids))":                                                                                                                         "",
		"SELECT id FROM t WHERE id IN (:ids) AND id = ANY (SELECT parent_id FROM c WHERE parent_id IN (:ids))":                                                                                                                                        "",
		"WITH q AS (SELECT parent_id, amount FROM c WHERE parent_id IN (:ids)) SELECT id FROM t WHERE id IN (:ids) AND n < (SELECT sum(amount) FROM q WHERE q.parent_id = t.id)":                                                                      "",
		"WITH s AS (SELECT id, v FROM t WHERE id IN (:ids)), m AS (SELECT o.t_id, max(o.v) v FROM o JOIN s ON s.id = o.t_id GROUP BY o.t_id) UPDATE t SET n = m.v FROM m WHERE m.t_id = t.id AND t.id IN (:ids)":                                      "",
		"WITH q AS (SELECT parent_id, amount FROM c WHERE parent_id IN (:ids)), m AS (SELECT parent_id, sum(amount) a FROM q GROUP BY parent_id) UPDATE t SET n = m.a FROM m WHERE m.parent_id = t.id AND t.id IN (:ids)":                             "",
		"SELECT id FROM t WHERE id IN (:ids) AND name NOT IN (SELECT name FROM t x WHERE x.id IN (:ids) AND x.a = 1)":                                                                                                                                 "a subquery of its rows",
		"SELECT id FROM t WHERE id IN (:ids) AND id NOT IN (SELECT x.parent FROM t x WHERE x.id IN (:ids))":                                                                                                                                           "a subquery of its rows",
		"SELECT id FROM t WHERE id IN (:ids) AND id NOT IN (SELECT t_id FROM c WHERE t_id IN (:ids))":                                                                                                                                                 "",
		"SELECT id FROM t WHERE id IN (:ids) AND id IN (SELECT DISTINCT t.id FROM t JOIN c ON c.t_id = t.id WHERE c.t_id IN (:ids))":                                                                                                                  "",
		"WITH q AS (SELECT parent_id FROM c WHERE parent_id IN (:ids)) SELECT id FROM t WHERE id IN (:ids) AND id IN (SELECT parent_id FROM q)":                                                                                                       "",
		"WITH parents AS (SELECT id, n FROM p WHERE id IN (SELECT parent_id FROM t WHERE id IN (:ids))) UPDATE t SET n = parents.n FROM parents WHERE parents.id = t.parent_id AND t.id IN (:ids)":                                                    "",
		"SELECT id FROM t WHERE id IN (:ids) AND EXISTS (SELECT 1 FROM ckc WHERE (ckc.a, ckc.id) = (t.b, t.id) AND ckc.id IN (:ids))":                                                                                                                 "",
		"WITH q(a, b) AS MATERIALIZED (SELECT id, n FROM t WHERE id IN (:ids)) SELECT q.a AS id FROM q WHERE q.b = (SELECT max(x.b) FROM q x)":                                                                                                        "max()",
		"WITH q AS (SELECT id, n FROM t WHERE id IN (:ids)) SELECT q.id AS id FROM q JOIN (SELECT max(n) m FROM t) u ON u.m = q.n":                                                                                                                    "",
		"WITH gone AS (DELETE FROM t WHERE id IN (:ids) RETURNING *) INSERT INTO archive SELECT * FROM gone RETURNING id":                                                                                                                             "",
		"UPDATE t SET n = (SELECT p.n FROM t p WHERE p.id = t.parent_id AND p.id IN (SELECT parent_id FROM t WHERE id IN (:ids))) WHERE id IN (:ids)":                                                                                                 "",
		// the set, taken by another column than the row's key
		"SELECT id FROM t WHERE id IN (:ids) AND parent NOT IN (SELECT id FROM t WHERE id IN (:ids))":                                         "a subquery of its rows",
		"SELECT id FROM t WHERE id IN (:ids) AND (n = 1 OR parent NOT IN (SELECT id FROM t WHERE id IN (:ids)))":                              "a subquery of its rows",
		"SELECT id FROM t WHERE id IN (:ids) AND lower(name) IN (SELECT id FROM t WHERE id IN (:ids))":                                        "a subquery of its rows",
		"SELECT t.id FROM t LEFT JOIN t p ON p.id = t.parent AND p.id IN (:ids) WHERE t.id IN (:ids) AND p.id IS NULL":                        "another table's rows",
		"SELECT t.id FROM t JOIN t p ON p.id = t.parent WHERE t.id IN (:ids) AND p.id IN (:ids)":                                              "another table's rows",
		"SELECT t.id FROM t LEFT JOIN c ON c.t_id = t.id AND c.t_id IN (:ids) WHERE t.id IN (:ids) AND c.id IS NULL":                          "",
		"SELECT t.id FROM t JOIN c USING (id) WHERE t.id IN (:ids) AND c.id IN (:ids)":                                                        "",
		"UPDATE t SET v = 1 + EXISTS (SELECT 1 FROM t k WHERE k.id IN (:ids) AND k.parent = t.id) WHERE id IN (:ids)":                         "a subquery of its rows",
		"UPDATE t SET n = p.n FROM t p WHERE p.id = t.parent AND p.id IN (:ids) AND t.id IN (:ids)":                                           "another table's rows",
		"SELECT id FROM t WHERE id IN (:ids) AND EXISTS (SELECT 1 FROM c JOIN d ON d.t_id = c.t_id WHERE c.t_id = t.id AND d.t_id IN (:ids))": "",
		"UPDATE t SET v = 1 WHERE id IN (SELECT i FROM (:ids) AS w(i)) AND v IS NULL":                                                         "",
		"SELECT id FROM t WHERE id::text IN (SELECT i::text FROM (:ids) AS wanted(i)) AND v IS NULL":                                          "",
		"UPDATE t SET v = 1 WHERE v IN (SELECT i FROM (:ids) AS w(i)) AND id IN (:ids)":                                                       "a subquery of its rows",
		"SELECT id FROM t WHERE id IN (:ids) AND n < (SELECT count(*) FROM t)":                                                                "",
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, depends, parsed.DependsOnSet([]string{"id"}, "own_sum"), text)
	}
	for text, depends := range map[string]string{
		"SELECT a, b FROM ck WHERE (a, b) IN (:ids) AND (a, b) IN (SELECT a, b FROM ckc WHERE (a, b) IN (:ids))":                                     "",
		"SELECT a, b FROM ck WHERE (a, b) IN (:ids) AND a IN (SELECT a FROM ckc WHERE (a, b) IN (:ids))":                                             "a subquery of its rows",
		"SELECT a, b FROM ck WHERE (a, b) IN (:ids) AND EXISTS (SELECT 1 FROM ckc WHERE (ckc.a, ckc.b) = (ck.a, ck.b) AND (ckc.a, ckc.b) IN (:ids))": "",
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, depends, parsed.DependsOnSet([]string{"a", "b"}), text)
	}
}

func TestAChecksAnswerIsTheKey(t *testing.T) {
	for text, is := range map[string]bool{
		"SELECT id FROM t WHERE id IN (:ids)":                                         true,
		"SELECT DISTINCT t.id AS key FROM t JOIN u ON true WHERE t.id IN (:ids)":      true,
		"SELECT id FROM t WHERE id IN (:ids) UNION ALL SELECT u.id FROM u":            true,
		"SELECT DISTINCT ON (t.id) t.id FROM t WHERE t.id IN (:ids) ORDER BY t.id, n": true,
		"SELECT DISTINCT ON (t.id) n FROM t WHERE t.id IN (:ids)":                     false,
		"WITH s AS (SELECT id, n FROM t WHERE id IN (:ids)) SELECT id FROM s":         true,
		`SELECT "id" FROM t WHERE id IN (:ids)`:                                       true,
		"SELECT id key FROM t WHERE id IN (:ids)":                                     true,
		"SELECT (id) FROM t WHERE id IN (:ids)":                                       false,
		"SELECT SQL_NO_CACHE t.id FROM t WHERE id IN (:ids)":                          true,
		"SELECT id::text FROM t WHERE id IN (:ids)":                                   false,
		"SELECT customer_id FROM t WHERE id IN (:ids)":                                false,
		"SELECT id + 1 FROM t WHERE id IN (:ids)":                                     false,
		"SELECT max(id) FROM t WHERE id IN (:ids)":                                    false,
		"SELECT id, n FROM t WHERE id IN (:ids)":                                      false,
		"SELECT * FROM t WHERE id IN (:ids)":                                          false,
		"SELECT id FROM t WHERE id IN (:ids) UNION SELECT o FROM u WHERE o IN (:ids)": false,
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, is, parsed.SelectsKey([]string{"id"}), text)
	}
	parsed, err := Parse("SELECT b, a FROM t WHERE (a, b) IN (:ids)", PostgreSQL)
	require.NoError(t, err)
	require.False(t, parsed.SelectsKey([]string{"a", "b"}))
	require.True(t, parsed.SelectsKey([]string{"b", "a"}))
}

func TestWhatKeepsToTheKey(t *testing.T) {
	for text, keeps := range map[string]bool{
		"UPDATE t SET n = 1 WHERE id IN (:ids)":                                                true,
		"UPDATE t SET n = 1 WHERE n = 0 AND t.id IN (:ids) AND (m = 1 OR m = 2)":               true,
		"UPDATE t SET n = 1 WHERE (id IN (:ids)) AND n = 0":                                    true,
		"UPDATE t SET n = 1 WHERE (n = 0 AND (id IN (:ids)))":                                  true,
		"UPDATE t SET n = 1 WHERE id IN (:ids) && n = CASE WHEN m THEN 1 ELSE 2 END":           true,
		"UPDATE t JOIN u ON u.t = t.id SET t.n = u.x WHERE t.id IN (:ids)":                     true,
		"UPDATE t SET n = n | 4 WHERE id IN (:ids) AND n | 4 <> n":                             true,
		"UPDATE t SET n = 1 WHERE id = :id AND n = 0":                                          true,
		"UPDATE t SET n = 1 WHERE id IN (:ids) ORDER BY id LIMIT 5":                            true,
		"UPDATE t SET n = 1 WHERE id + 1 IN (:ids)":                                            false,
		"UPDATE t SET n = 1 WHERE p IN (:ids)":                                                 false,
		"UPDATE t SET n = 1 WHERE id IN (:ids) AND n = 0 OR id = 77":                           false,
		"UPDATE t SET n = 1 WHERE NOT (id IN (:ids))":                                          false,
		"UPDATE t SET n = 1 WHERE NOT id IN (:ids)":                                            false,
		"UPDATE t SET n = 1 WHERE id NOT IN (:ids)":                                            false,
		"UPDATE t SET n = 1 WHERE (id IN (:ids) OR n = 0) AND m = 1":                           false,
		"UPDATE t SET n = 1 WHERE id IN (:ids) || n = 0":                                       false,
		"UPDATE t SET n = 1 WHERE CASE WHEN n AND id IN (:ids) THEN 1 ELSE 1 END":              false,
		"UPDATE t SET n = 1 WHERE (SELECT id FROM s WHERE id IN (:ids)) = 1":                   false,
		"UPDATE t SET n = 1 WHERE id IN (:ids) AND CASE WHEN n = 1 OR n = 2 THEN 1 ELSE 0 END": true,
		"UPDATE t SET n = 1 WHERE :id = id AND n = 0":                                          true,
		"UPDATE t SET n = 1 WHERE id = (:id)":                                                  true,
		"UPDATE t SET n = 1 WHERE id IN (:id)":                                                 true,
		"UPDATE t SET n = 1 WHERE id <=> :id":                                                  true,
		"UPDATE t SET n = 1 WHERE (id IN (:ids)) IS FALSE":                                     false,
		"UPDATE t SET n = 1 WHERE id IN (:ids) = 0":                                            false,
		"UPDATE t SET n = 1 WHERE id = :id + 1":                                                false,
		"UPDATE t SET n = 1 WHERE :id = id + 1":                                                false,
		"UPDATE t SET n = 1 WHERE id = :id OR n = 2":                                           false,
		"UPDATE t SET n = 1 WHERE id >= :id":                                                   false,
		"UPDATE t SET n = 1":                                                                   false,
		"UPDATE t SET n = (SELECT 1 FROM u WHERE id IN (:ids) LIMIT 1) WHERE n = :id":          false,
	} {
		parsed, err := Parse(text, MySQL)
		require.NoError(t, err, text)
		require.Equal(t, keeps, parsed.KeepsToKey([]string{"id"}), text)
	}
	for text, keeps := range map[string]bool{
		"UPDATE t SET n = 1 WHERE (a, b) IN (:ids) AND n = 0":     true,
		"UPDATE t SET n = 1 WHERE ROW(a, b) IN (:ids)":            true,
		"UPDATE t SET n = 1 WHERE (a, t.b) = (:a, :b)":            true,
		"UPDATE t SET n = 1 WHERE n = 0 AND ROW(a, b) = (:a, :b)": true,
		"UPDATE t SET n = 1 WHERE (a, b) = (:b, :a)":              false,
		"UPDATE t SET n = 1 WHERE (b, a) = (:a, :b)":              false,
		"UPDATE t SET n = 1 WHERE (a, b) >= (:a, :b)":             false,
		"UPDATE t SET n = 1 WHERE NOT (a, b) = (:a, :b)":          false,
		"UPDATE t SET n = 1 WHERE (a, b) = (:a, :b) OR n = 0":     false,
		"UPDATE t SET n = 1 WHERE a = :a AND b = :b":              true,
		"UPDATE t SET n = 1 WHERE b = :b AND n = 0 AND a = :a":    true,
		"UPDATE t SET n = 1 WHERE a = :a":                         false,
		"UPDATE t SET n = 1 WHERE a = :b AND b = :a":              false,
		"UPDATE t SET n = 1 WHERE (b, a) IN (:ids)":               false,
	} {
		parsed, err := Parse(text, MySQL)
		require.NoError(t, err, text)
		require.Equal(t, keeps, parsed.KeepsToKey([]string{"a", "b"}), text)
	}
}

func TestTablesThatAnUpdateAssignsIn(t *testing.T) {
	for text, test := range map[string]struct {
		tables [][]string
		bare   []string
	}{
		"UPDATE t JOIN u ON u.t = t.id SET t.n = t.n + 1, u.x = 1 WHERE t.id IN (:ids)": {[][]string{{"t"}, {"u"}}, nil},
		"UPDATE t a, s.u AS b SET a.n = b.n, m = 2 WHERE a.id IN (:ids)":                {[][]string{{"t"}}, []string{"m"}},
		"UPDATE t a, s.u AS b SET b.n = (SELECT 1 FROM v WHERE c = d) WHERE a.id = :id": {[][]string{{"s", "u"}}, nil},
		"SELECT 1": {},
	} {
		parsed, err := Parse(text, MySQL)
		require.NoError(t, err, text)
		tables, bare := parsed.AssignsIn()
		require.Equal(t, test.tables, tables, text)
		require.Equal(t, test.bare, bare, text)
	}
}

func TestWhatAStatementReturnsAndLocks(t *testing.T) {
	for text, expected := range map[string][2]bool{
		"UPDATE t SET n = 1 WHERE id IN (:ids)":                                   {true, false},
		"UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING t.id":                    {true, false},
		"UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING id + 1 AS id":            {false, false},
		"UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING n AS id":                 {false, false},
		"UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING 1":                       {false, false},
		"SELECT id FROM t WHERE id IN (:ids) FOR UPDATE SKIP LOCKED":              {true, true},
		"SELECT id FROM (SELECT id FROM t WHERE id IN (:ids) FOR SHARE) s":        {true, true},
		"SELECT id FROM t WHERE id IN (:ids) AND substring(n FROM 1 FOR 2) = 'a'": {true, false},
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, expected, [2]bool{parsed.ReturnsKey([]string{"id"}), parsed.LocksRows()}, text)
	}
}

func TestWhatIsComparedWithKeys(t *testing.T) {
	for text, misnames := range map[string]bool{
		"SELECT a, b FROM t WHERE (a, b) IN (:ids)":                             false,
		"SELECT a, b FROM t WHERE (b, a) IN (:ids)":                             true,
		"SELECT a, b FROM t WHERE n = 1 AND (t.b, t.a) NOT IN (:ids)":           true,
		"SELECT a, b FROM t WHERE ROW(a, b) IN (:ids)":                          false,
		"SELECT a, b FROM t WHERE ((a, b)) IN (:ids)":                           false,
		"SELECT t.a, t.b FROM t JOIN o ON o.x = t.a WHERE (o.x, o.y) IN (:ids)": false,
		"SELECT a, b FROM t WHERE (lower(a), b) IN (:ids)":                      true,
		`SELECT a, b FROM t WHERE ("a", "b") IN (:ids) AND a IN ('x', 'y')`:     false,
		"UPDATE t SET n = (b IN (1, 2)) WHERE (a, b) IN (:ids)":                 false,
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, misnames, parsed.MisnamesKey([]string{"a", "b"}), text)
	}
	for text, misnames := range map[string]bool{
		"SELECT a FROM t WHERE a IN (:ids)":                                         false,
		"SELECT a FROM t WHERE (a) IN (:ids) OR a IN (:ids)":                        false,
		"SELECT a FROM t WHERE +a IN (:ids)":                                        false,
		"SELECT a FROM t WHERE n = 1 AND t.a IN (:ids)":                             false,
		"SELECT a FROM t WHERE f(a) AND a IN (:ids)":                                false,
		"SELECT a FROM t WHERE lower(a) IN (:ids)":                                  true,
		"SELECT a FROM t WHERE n > 0 AND a + 1 IN (:ids)":                           true,
		"SELECT a FROM t WHERE a::text IN (:ids)":                                   true,
		"SELECT a FROM t WHERE CAST(a AS text) IN (:ids)":                           true,
		"SELECT a FROM t JOIN o ON o.t = a WHERE o.t IN (:ids)":                     false,
		"SELECT a FROM t WHERE EXISTS (SELECT 1 FROM o WHERE lower(o.x) IN (:ids))": false,
		"SELECT a FROM t WHERE a = :id":                                             false,
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, misnames, parsed.MisnamesKey([]string{"a"}), text)
	}
}

func TestWhetherAStatementReturns(t *testing.T) {
	for text, returns := range map[string]bool{
		"UPDATE t SET n = 1 WHERE id IN (:ids)":              false,
		"UPDATE t SET n = 1 WHERE id IN (:ids) RETURNING id": true,
		"WITH d AS (DELETE FROM o WHERE t IN (:ids) RETURNING t, v) UPDATE t SET n = d.v FROM d WHERE d.t = t.id AND t.id IN (:ids)": false,
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, returns, parsed.Returns(), text)
	}
}

func TestWhoseKeyACheckSelects(t *testing.T) {
	for text, test := range map[string]struct{ selected, all [][]string }{
		"SELECT o.id FROM o JOIN t ON o.t = t.id WHERE t.id IN (:ids)":                             {[][]string{{"o"}}, [][]string{{"o"}, {"t"}}},
		"SELECT c.id FROM s.t c LEFT JOIN o ON o.t = c.id WHERE c.id IN (:ids)":                    {[][]string{{"s", "t"}}, [][]string{{"s", "t"}, {"o"}}},
		"SELECT id FROM t, o WHERE id IN (:ids)":                                                   {nil, [][]string{{"t"}, {"o"}}},
		"WITH d AS (SELECT id FROM t WHERE id IN (:ids)) SELECT d.id FROM d JOIN t ON t.id = d.id": {},
		"SELECT d.id FROM (SELECT id FROM t WHERE id IN (:ids)) d JOIN t ON t.id = d.id":           {nil, [][]string{{"t"}}},
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		selected, all := parsed.SelectsFrom()
		require.Equal(t, test.selected, selected, text)
		if test.all != nil {
			require.Subset(t, all, test.all, text)
		}
	}
}
