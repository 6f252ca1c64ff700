package sqltext

import (
	"testing"

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
		"UPDATE t SET n = 'x' WHERE a = :a AND b = :b":                                                                                                                   "",
		"UPDATE t SET n = 'x' WHERE :id = id":                                                                                                                            "",
		"SELECT id FROM t WHERE id IN (:ids) FOR UPDATE":                                                                                                                 "",
		"REPLACE INTO c SELECT * FROM t WHERE id IN (:ids)":                                                                                                              "",
		"MERGE INTO c USING t ON c.id = t.id AND t.id IN (:ids) WHEN MATCHED THEN UPDATE SET n = 1":                                                                      "",
	} {
		parsed, err := Parse(text, PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, unbound, parsed.Unbound(), text)
	}
}
