package sqltext

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsBoundByItsParameters(t *testing.T) {
	for text, unbound := range map[string]string{
		"UPDATE t SET n = 'x' WHERE id IN (:ids) AND n IS NULL":                       "",
		"DELETE FROM c WHERE parent_id IN (:ids) AND amount < 0":                      "",
		"DELETE FROM c WHERE parent_id IN (:ids) AND amount < 0 OR status = 'open'":   "DELETE",
		"DELETE FROM c WHERE parent_id IN (:ids) AND (amount < 0 OR status = 'open')": "",
		"DELETE FROM c WHERE (parent_id IN (:ids) OR status = 'open') AND amount < 0": "DELETE",
		"DELETE FROM friends WHERE a IN (:ids) OR b IN (:ids)":                        "",
		"DELETE FROM c WHERE parent_id NOT IN (:ids)":                                 "DELETE",
		"DELETE FROM c WHERE NOT (parent_id IN (:ids))":                               "DELETE",
		"DELETE FROM c WHERE NOT parent_id IN (:ids)":                                 "DELETE",
		"DELETE FROM c WHERE (parent_id IN (:ids)) = false":                           "DELETE",
		"DELETE FROM c WHERE (parent_id IN (:ids)) IS NOT TRUE":                       "DELETE",
		"DELETE FROM c WHERE parent_id = ANY(:ids)":                                   "",
		"DELETE FROM c WHERE parent_id <> :id":                                        "DELETE",
		"DELETE FROM c WHERE parent_id != :id":                                        "DELETE",
		"DELETE FROM c WHERE parent_id <= :id":                                        "DELETE",
		"DELETE FROM c WHERE parent_id BETWEEN :id AND :id + 5":                       "DELETE",
		"DELETE FROM c WHERE parent_id = :id AND at BETWEEN 1 AND 5":                  "",
		"DELETE FROM c WHERE at BETWEEN 1 AND 5 AND parent_id = :id":                  "",
		"DELETE FROM c WHERE data->>'parent' = :id":                                   "",
		"DELETE FROM c WHERE parents @> ARRAY[:id]":                                   "",
		"DELETE FROM c USING t WHERE c.parent_id = t.id AND t.id IN (:ids)":           "",
		"DELETE c FROM c JOIN t ON c.parent_id = t.id WHERE t.id IN (:ids)":           "",
		"UPDATE t SET ranked = 1 WHERE id IN (:ids) OR v > 150":                       "UPDATE",
		"UPDATE t JOIN c ON c.parent_id = t.id AND t.id IN (:ids) SET c.status = 'x'": "",
		"UPDATE t SET n = (SELECT max(v) FROM c WHERE parent_id IN (:ids))":           "UPDATE",
		"UPDATE accounts SET total = s.total FROM (SELECT a, sum(v) total FROM t WHERE id IN (:ids) GROUP BY a) s WHERE s.a = accounts.id AND accounts.id IN (SELECT a FROM t WHERE id IN (:ids))": "",
		"WITH u AS (DELETE FROM c) UPDATE t SET n = 'x' WHERE id IN (:ids)":                                                                                              "DELETE",
		"WITH u AS (UPDATE c SET status = 'x' WHERE status = 'open') UPDATE t SET n = 'x' WHERE id IN (:ids)":                                                            "UPDATE",
		"WITH u AS (DELETE FROM c WHERE parent_id IN (:ids) RETURNING parent_id) UPDATE t SET n = 'x' WHERE id IN (:ids)":                                                "",
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)), u AS (UPDATE c SET x = 1 FROM s WHERE c.parent_id = s.id RETURNING 1) UPDATE t SET n = 'x' WHERE id IN (:ids)": "",
		"WITH gone AS (DELETE FROM t WHERE id IN (:ids) RETURNING *) INSERT INTO archive SELECT * FROM gone RETURNING id":                                                "",
		"INSERT INTO log (t) SELECT id FROM t WHERE id IN (:ids)":                                                                                                        "",
		"INSERT INTO c (id, n) SELECT id, n FROM t WHERE id IN (:ids) ON CONFLICT (id) DO UPDATE SET n = excluded.n":                                                     "",
		"INSERT INTO c (id, n) SELECT id, n FROM t WHERE id IN (:ids) ON DUPLICATE KEY UPDATE n = VALUES(n)":                                                             "",
		"UPDATE t SET n = 'x' WHERE id IN (:ids) AND CASE WHEN v > 1 OR v < 0 THEN true ELSE false END":                                                                  "",
		"UPDATE t SET n = 'x' WHERE (a, b) IN (:ids)":                                                                                                                    "",
		// what is taken out of other tables
		"INSERT INTO log (t) SELECT id FROM t":                                                                                       "INSERT",
		"INSERT INTO log (t) SELECT id FROM t WHERE id NOT IN (:ids)":                                                                "INSERT",
		"INSERT INTO log (t) SELECT id FROM t WHERE id IN (:ids) OR n IS NULL":                                                       "INSERT",
		"INSERT INTO log (t) SELECT id FROM t WHERE id IN (:ids) UNION ALL SELECT id FROM c":                                         "INSERT",
		"INSERT INTO log (t) (SELECT id FROM t)":                                                                                     "INSERT",
		"INSERT INTO log (t) (SELECT id FROM t WHERE id IN (:ids))":                                                                  "",
		"INSERT INTO log (t, n) SELECT :id, n FROM settings":                                                                         "",
		"INSERT INTO log (t) VALUES (:id)":                                                                                           "",
		"INSERT INTO log (t, n) VALUES (:id, (SELECT n FROM settings))":                                                              "",
		"INSERT INTO log (t) SELECT now()":                                                                                           "",
		"INSERT INTO log SELECT t.id, c.n FROM t JOIN c ON c.t_id = t.id WHERE t.id IN (:ids) AND c.n > 0":                           "",
		"INSERT INTO log SELECT s.id FROM (SELECT id FROM t WHERE id IN (:ids)) s":                                                   "",
		"INSERT INTO log SELECT x FROM unnest(:ids) x":                                                                               "",
		"REPLACE INTO log SELECT id FROM t":                                                                                          "REPLACE",
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)) INSERT INTO log SELECT id FROM s":                                           "",
		"WITH n AS (INSERT INTO log SELECT id FROM t) UPDATE t SET n = 1 WHERE id IN (:ids)":                                         "INSERT",
		"UPDATE t SET n = (REPLACE(n, 'a', 'b')) WHERE id IN (:ids)":                                                                 "",
		"MERGE INTO t USING (SELECT id, n FROM s WHERE id IN (:ids)) s ON s.id = t.id WHEN MATCHED THEN UPDATE SET n = 1":            "",
		"MERGE INTO t USING s ON s.id = t.id AND t.id IN (:ids) WHEN MATCHED THEN UPDATE SET n = s.n":                                "",
		"MERGE INTO t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET n = s.n":                                                   "MERGE",
		"MERGE INTO t USING (SELECT id FROM s) s ON s.id = t.id WHEN MATCHED AND t.id IN (:ids) THEN UPDATE SET n = 1":               "MERGE",
		"MERGE INTO t USING (SELECT :id AS id) s ON s.id = t.id WHEN MATCHED THEN UPDATE SET n = 1":                                  "",
		"MERGE INTO t USING (SELECT id FROM s WHERE id IN (:ids)) s ON s.id = t.id WHEN NOT MATCHED BY SOURCE THEN DELETE":           "MERGE",
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)) MERGE INTO t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET n = 1":     "",
		"MERGE INTO o USING (SELECT id FROM t WHERE id IN (:ids)) s ON o.t_id <> s.id WHEN MATCHED THEN UPDATE SET x = 1":            "MERGE",
		"MERGE INTO o USING (SELECT id FROM t WHERE id IN (:ids)) s ON o.t_id = s.id AND o.x < 5 WHEN MATCHED THEN UPDATE SET x = 1": "",
		"MERGE INTO o USING (SELECT id FROM t WHERE id IN (:ids)) s ON (o.t_id = s.id) WHEN MATCHED THEN UPDATE SET x = 1":           "",
		// what queries in conditions have to do with the parameters
		"UPDATE o SET x = 1 WHERE EXISTS (SELECT 1 FROM t WHERE t.id IN (:ids) AND t.id > o.t_id)":                       "UPDATE",
		"UPDATE o SET x = 1 WHERE EXISTS (SELECT 1 FROM t WHERE t.id IN (:ids) AND t.id = o.t_id AND t.n > o.x)":         "",
		"UPDATE o SET x = 1 WHERE EXISTS (SELECT 1 FROM t WHERE t.id IN (:ids) AND t.tags @> ARRAY[o.tag])":              "",
		"UPDATE o SET x = 1 WHERE t_id IN (SELECT 1 UNION SELECT id FROM t WHERE id IN (:ids))":                          "UPDATE",
		"UPDATE o SET x = 1 WHERE t_id IN (SELECT a FROM t WHERE id IN (:ids) UNION SELECT b FROM t WHERE id IN (:ids))": "",
		"UPDATE o SET x = 1 WHERE t_id IN (SELECT t.id FROM t LEFT JOIN t k ON k.id IN (:ids))":                          "UPDATE",
		"UPDATE o SET x = 1 WHERE t_id IN (SELECT t.id FROM t LEFT JOIN k ON k.t_id = t.id WHERE t.id IN (:ids))":        "",
		"UPDATE o SET x = 1 WHERE t_id IN (SELECT i FROM unnest(:ids) i)":                                                "",
		// what a function, a CASE or a set operation turns round
		"DELETE FROM o WHERE CASE WHEN t_id IN (:ids) THEN 0 ELSE 1 END = 1":                                                                                         "DELETE",
		"DELETE FROM o WHERE if(t_id IN (:ids), 0, 1)":                                                                                                               "DELETE",
		"DELETE FROM o WHERE booleq(t_id IN (:ids), false)":                                                                                                          "DELETE",
		"DELETE FROM o WHERE coalesce(nullif(t_id IN (:ids), 1), 1) = 1":                                                                                             "DELETE",
		"DELETE FROM o WHERE t_id IN (SELECT id FROM t EXCEPT SELECT id FROM t WHERE id IN (:ids))":                                                                  "DELETE",
		"DELETE FROM o WHERE t_id IN (SELECT id FROM t WHERE id IN (:ids) EXCEPT SELECT id FROM k)":                                                                  "",
		"DELETE FROM o WHERE t_id IN (SELECT a.id FROM t a LEFT JOIN (SELECT id FROM t WHERE id IN (:ids)) s ON s.id = a.id)":                                        "DELETE",
		"DELETE FROM o WHERE t_id IN (SELECT a.id FROM t a JOIN (SELECT id FROM t WHERE id IN (:ids)) s ON s.id = a.id)":                                             "",
		"DELETE FROM o WHERE t_id IN (SELECT o.t_id FROM t WHERE id IN (:ids))":                                                                                      "DELETE",
		"DELETE FROM o WHERE 1 IN (SELECT 1 FROM t WHERE id IN (:ids))":                                                                                              "DELETE",
		"DELETE FROM o WHERE EXISTS (SELECT 1 FROM t WHERE t.id IN (:ids) AND (t.id = o.t_id OR o.x < 5))":                                                           "DELETE",
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)), n AS (SELECT id FROM t WHERE id NOT IN (SELECT id FROM s)) DELETE FROM o WHERE t_id IN (SELECT id FROM n)": "DELETE",
		"DELETE FROM o WHERE t_id = CAST(:id AS bigint)":                                                                                                             "",
		"DELETE FROM o WHERE t_id::text = ANY (SELECT i::text FROM (:ids) AS w(i))":                                                                                  "",
		"DELETE FROM o WHERE lower(code) IN (SELECT lower(t.code) FROM t WHERE t.id IN (:ids))":                                                                      "",
		"INSERT INTO a SELECT c.id, 'x' FROM c LEFT JOIN o ON o.c_id = c.id AND o.id IN (:ids)":                                                                      "INSERT",
		"INSERT INTO a SELECT id, 'x' FROM c EXCEPT SELECT c_id, 'x' FROM o WHERE id IN (:ids)":                                                                      "INSERT",
		"INSERT INTO a SELECT id, 'x' FROM o WHERE CASE WHEN id IN (:ids) THEN 0 ELSE 1 END = 1":                                                                     "INSERT",
		"INSERT INTO a SELECT c.id, 'x' FROM c CROSS JOIN (SELECT 1 AS x FROM o WHERE id IN (:ids)) s":                                                               "INSERT",
		"INSERT INTO a SELECT c.id, 'x' FROM c JOIN o ON o.c_id <> c.id WHERE o.id IN (:ids)":                                                                        "INSERT",
		"INSERT INTO a SELECT c.id, (SELECT max(status) FROM o WHERE id IN (:ids)) FROM c":                                                                           "INSERT",
		"INSERT INTO a SELECT l.* FROM l JOIN o ON o.id = l.o_id WHERE o.id IN (:ids)":                                                                               "",
		"INSERT INTO a SELECT o.id, s.rate FROM o CROSS JOIN s WHERE o.id IN (:ids)":                                                                                 "",
		"INSERT INTO a SELECT o.id, c.name FROM o LEFT JOIN c ON c.id = o.c_id WHERE o.id IN (:ids)":                                                                 "",
		// conditions without a column
		"DELETE FROM c WHERE 1 IN (:ids)":                   "DELETE",
		"DELETE FROM c WHERE :id = :id":                     "DELETE",
		"DELETE FROM c WHERE :id IS NOT NULL":               "DELETE",
		"DELETE FROM c WHERE :id = :id AND parent_id = :id": "",
		"DELETE FROM c WHERE (parent_id, 1) IN (:ids)":      "",
		"DELETE FROM c WHERE lower(parent_id) = lower(:id)": "",
		// derived tables
		"UPDATE c SET done=true FROM (SELECT id FROM t WHERE id IN (:ids)) AS s WHERE s.id = c.t_id":                                                           "",
		"UPDATE c SET a=s.m FROM (SELECT t_id, max(a) m FROM c WHERE t_id IN (:ids) GROUP BY t_id) s WHERE c.t_id = s.t_id":                                    "",
		"UPDATE t SET total=s.n FROM (SELECT t_id, count(*) n FROM c WHERE t_id IN (:ids) GROUP BY t_id) s WHERE s.t_id=t.id AND done IS NULL":                 "",
		"DELETE FROM c USING (SELECT id, row_number() OVER (PARTITION BY t_id, kind ORDER BY id) rn FROM c WHERE t_id IN (:ids)) d WHERE d.id=c.id AND d.rn>1": "",
		"UPDATE c SET kind = v.k FROM (VALUES (:id::bigint,'x')) v(i,k) WHERE v.i=c.t_id":                                                                      "",
		"UPDATE c SET done = true FROM (SELECT :id::bigint AS i) v WHERE v.i = c.t_id":                                                                         "",
		"UPDATE c JOIN (SELECT id FROM t WHERE id IN (:ids)) s ON s.id=c.t_id SET c.done=1":                                                                    "",
		"UPDATE c, (SELECT id FROM t WHERE id IN (:ids)) s SET c.done=1 WHERE s.id=c.t_id":                                                                     "",
		"UPDATE c JOIN (SELECT t_id FROM c WHERE t_id IN (:ids)) s USING (t_id) SET c.done=1":                                                                  "",
		"UPDATE c SET done=true FROM (SELECT id FROM t WHERE id NOT IN (:ids)) AS s WHERE s.id = c.t_id":                                                       "UPDATE",
		// joins
		"UPDATE c SET done=true FROM t WHERE t.id IN (:ids)":                                                                         "UPDATE",
		"UPDATE c SET done=true FROM t WHERE t.id IN (:ids) AND c.t_id = t.id":                                                       "",
		"UPDATE c SET done=true FROM t WHERE t.id IN (:ids) AND t_id = t.id":                                                         "",
		"UPDATE c SET done=true FROM t JOIN p ON p.id=t.parent WHERE t.id IN (:ids)":                                                 "UPDATE",
		"UPDATE c SET done=true FROM t JOIN p ON p.id=t.parent WHERE t.id IN (:ids) AND c.p_id = p.id":                               "",
		"DELETE FROM c USING t WHERE t.id IN (:ids) AND c.kind='old'":                                                                "DELETE",
		"UPDATE c SET done=true FROM t LEFT JOIN p ON p.id=t.parent AND t.id IN (:ids) WHERE c.t_id=t.id":                            "UPDATE",
		"UPDATE c SET done=true FROM t LEFT JOIN p ON p.id=t.parent WHERE c.t_id=t.id AND t.id IN (:ids)":                            "",
		"DELETE c FROM c JOIN t WHERE t.id IN (:ids)":                                                                                "DELETE",
		"DELETE c FROM c LEFT JOIN t ON t.id=c.t_id AND t.id IN (:ids)":                                                              "DELETE",
		"DELETE c FROM c JOIN t ON t.id=c.t_id AND t.id IN (:ids)":                                                                   "",
		"UPDATE c, t SET c.done=1 WHERE t.id IN (:ids)":                                                                              "UPDATE",
		"UPDATE c, t SET c.done=1 WHERE t.id IN (:ids) AND c.t_id = t.id":                                                            "",
		"UPDATE c SET done=true FROM t WHERE t.id IN (:ids) AND c.a <> t.a":                                                          "UPDATE",
		"UPDATE c SET done=true FROM t WHERE t.id IN (:ids) AND c.t_id = c.a":                                                        "UPDATE",
		"UPDATE t SET n = o.n FROM t AS o WHERE o.id IN (:ids)":                                                                      "UPDATE",
		"UPDATE t SET n = o.n FROM t AS o WHERE o.id = t.id AND o.id IN (:ids)":                                                      "",
		"WITH s AS (SELECT id FROM t WHERE id IN (:ids)), z AS (SELECT id FROM t) UPDATE c SET done=true FROM z WHERE z.id = c.t_id": "UPDATE",
		// queries
		"UPDATE c SET done=true WHERE EXISTS (SELECT 1 FROM t WHERE id IN (:ids))":                                          "UPDATE",
		"UPDATE c SET done=true WHERE EXISTS (SELECT 1 FROM t WHERE t.id = c.t_id AND id IN (:ids))":                        "",
		"UPDATE c SET done=true WHERE EXISTS (SELECT 1 FROM t WHERE id = t_id AND id IN (:ids))":                            "",
		"UPDATE c SET done=true WHERE t_id IN (SELECT id FROM t WHERE id IN (:ids) OR a = 1)":                               "UPDATE",
		"UPDATE c SET done=true WHERE t_id IN (SELECT id FROM t WHERE id NOT IN (:ids))":                                    "UPDATE",
		"UPDATE c SET done=true WHERE t_id IN (SELECT id FROM t WHERE id IN (:ids) AND (a = 1 OR b = 2))":                   "",
		"UPDATE c SET done=true WHERE t_id IN (SELECT t.id FROM t JOIN p ON p.id = t.parent WHERE t.id IN (:ids))":          "",
		"UPDATE ckc SET v=9 WHERE EXISTS (SELECT 1 FROM ck WHERE (ck.a, ck.b) = (ckc.a, ckc.b) AND (ck.a, ck.b) IN (:ids))": "",
		"UPDATE c SET done=true WHERE EXISTS (SELECT 1 FROM t WHERE c.t_id IN (t.id, t.other) AND t.id IN (:ids))":          "",
		"UPDATE s.c SET done=true FROM s.t WHERE s.t.id IN (:ids) AND s.c.t_id = s.t.id":                                    "",
		"UPDATE s.c SET done=true FROM s.t WHERE s.t.id IN (:ids)":                                                          "UPDATE",
		"UPDATE c SET done=true WHERE EXISTS (SELECT 1 FROM t WHERE t.id IN (:ids))":                                        "UPDATE",
		"UPDATE c SET done=true WHERE EXISTS (SELECT 1 FROM t AS x JOIN p ON p.a > x.b WHERE x.id IN (:ids))":               "UPDATE",
		// negations
		"UPDATE c SET done=1 WHERE !(t_id = :id)":                                                   "UPDATE",
		"UPDATE c SET done=true WHERE (t_id = :id) IS DISTINCT FROM true":                           "UPDATE",
		"UPDATE c SET done=true WHERE (t_id IN (:ids)) IS NOT NULL":                                 "UPDATE",
		"UPDATE c SET done=true WHERE (t_id IN (:ids)) IS TRUE":                                     "",
		"UPDATE c SET done=true WHERE (t_id IN (:ids)) = true":                                      "",
		"UPDATE c SET done=true WHERE (t_id IN (:ids)) IN (false)":                                  "UPDATE",
		"UPDATE c SET done=true WHERE name NOT LIKE 'u' || :id":                                     "UPDATE",
		"UPDATE c SET done=true WHERE lower(t_id) = lower(:id)":                                     "",
		"UPDATE c SET done=true WHERE COALESCE(t_id, 0) = :id":                                      "",
		"UPDATE c SET done=true WHERE (a, b) = (:a, :b)":                                            "",
		"UPDATE c SET done=true WHERE ARRAY[:id] <@ parents":                                        "",
		"UPDATE c SET done=true WHERE doc @> jsonb_build_object('t', :id)":                          "",
		"UPDATE c SET done=true WHERE t_id = ANY(ARRAY[:id])":                                       "",
		"UPDATE t SET n = 'x' WHERE a = :a AND b = :b":                                              "",
		"UPDATE t SET n = 'x' WHERE :id = id":                                                       "",
		"SELECT id FROM t WHERE id IN (:ids) FOR UPDATE":                                            "",
		"REPLACE INTO c SELECT * FROM t WHERE id IN (:ids)":                                         "",
		"MERGE INTO c USING t ON c.id = t.id AND t.id IN (:ids) WHEN MATCHED THEN UPDATE SET n = 1": "",
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		assert.Equal(t, unbound, parsed.Unbound(), text)
	}
}

// TestMySQLTakesBarsForOr, and ! for NOT.
func TestMySQLTakesBarsForOr(t *testing.T) {
	parsed, err := Parse("UPDATE c SET done = 1 WHERE t_id IN (:ids) || kind = 'new'", MySQL)
	require.NoError(t, err)
	require.Equal(t, "UPDATE", parsed.Unbound())
	parsed, err = Parse("UPDATE c SET done = 1 WHERE t_id IN (:ids) AND name = 'a' || kind", PostgreSQL)
	require.NoError(t, err)
	require.Empty(t, parsed.Unbound())
}

// TestWhatIsAddedOncePerSet: rows that several rows of the table share would get it with
// each set.
func TestWhatIsAddedOncePerSet(t *testing.T) {
	for text, column := range map[string]string{
		"UPDATE o SET x = x + 1 WHERE t_id IN (:ids)":                                                                                                           "",
		"UPDATE o SET x = x + 1 WHERE t_id IN (SELECT id FROM t WHERE id IN (:ids) AND n > 1)":                                                                  "",
		"UPDATE o SET x = x + 1 WHERE t_id IN (SELECT parent FROM t WHERE id IN (:ids))":                                                                        "x",
		"UPDATE o SET x = coalesce(x, 0) + 1 WHERE t_id IN (SELECT parent FROM t WHERE id IN (:ids))":                                                           "x",
		"UPDATE t SET w = w + 1 WHERE g IN (SELECT g FROM t WHERE id IN (:ids))":                                                                                "w",
		"UPDATE t SET w = w + 1 WHERE g IN (SELECT g FROM t WHERE id IN (:ids)) AND id IN (:ids)":                                                               "",
		"UPDATE t SET w = 1 WHERE g IN (SELECT g FROM t WHERE id IN (:ids))":                                                                                    "",
		"UPDATE t SET w = lower(w) WHERE g IN (SELECT g FROM t WHERE id IN (:ids))":                                                                             "",
		"UPDATE t SET w = w - 'key' WHERE g IN (SELECT g FROM t WHERE id IN (:ids))":                                                                            "",
		"UPDATE a SET n = n + 1 FROM t WHERE t.a_id = a.id AND t.id IN (:ids)":                                                                                  "n",
		"UPDATE a SET n = n + 1 FROM o WHERE o.t_id = a.t_id AND o.t_id IN (:ids)":                                                                              "",
		"UPDATE a JOIN t ON t.a_id = a.id SET a.n = a.n + t.v WHERE t.id IN (:ids)":                                                                             "n",
		"UPDATE a SET n = n + s.c FROM (SELECT a_id, count(*) c FROM t WHERE id IN (:ids) GROUP BY a_id) s WHERE s.a_id = a.id":                                 "",
		"UPDATE a SET n = n + 1 WHERE EXISTS (SELECT 1 FROM t WHERE t.a_id = a.id AND t.id IN (:ids))":                                                          "n",
		"UPDATE o SET n = n + 1 WHERE EXISTS (SELECT 1 FROM t WHERE t.id = o.t_id AND t.id IN (:ids))":                                                          "",
		"UPDATE a SET n = (SELECT sum(v) FROM t WHERE t.a_id = a.id) WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))":                                       "",
		"UPDATE a SET n = t.n FROM t WHERE t.a_id = a.id AND t.id IN (:ids)":                                                                                    "",
		"UPDATE a SET name = name || 'x' WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))":                                                                   "name",
		"UPDATE a SET data = data || '{\"a\": 1}' WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))":                                                          "",
		"UPDATE a SET x = y, y = x WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))":                                                                         "y",
		"UPDATE a SET done = NOT done WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))":                                                                      "done",
		"UPDATE a SET s = CASE s WHEN 'on' THEN 'off' ELSE 'on' END WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))":                                        "s",
		"UPDATE a SET n = coalesce(n, 0) + (SELECT sum(t.v) FROM t WHERE t.a_id = a.id AND t.id IN (:ids)) WHERE id IN (SELECT a_id FROM t WHERE id IN (:ids))": "",
		"UPDATE a SET n = n + 1 WHERE id = (SELECT a_id FROM t WHERE id = :id)":                                                                                 "",
	} {
		for _, dialect := range []Dialect{PostgreSQL, MySQL, SQLite} {
			parsed, err := Parse(text, dialect)
			require.NoError(t, err, text)
			assert.Equal(t, column, parsed.AddsPerSet(), text)
		}
	}
}
