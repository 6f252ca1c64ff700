package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestWhatAStatementAssigns(t *testing.T) {
	for _, test := range []struct {
		dialect  sqltext.Dialect
		text     string
		assigned string // table.column, with = behind one that is assigned to itself
	}{
		{sqltext.PostgreSQL, "UPDATE c SET a = 1 WHERE id = :id", "c.a"},
		{sqltext.PostgreSQL, "UPDATE shop.c AS x SET (a, \"B\") = (1, 2), d[1] = 3, e.f = 4 FROM v WHERE id = :id", `shop.c.a shop.c."B" shop.c.d shop.c.e`},
		{sqltext.PostgreSQL, "WITH x AS (UPDATE ONLY d SET q = CASE WHEN a THEN 1 END, r = 2 WHERE true RETURNING q) UPDATE c SET a = x.q FROM x", "d.q d.r c.a"},
		{sqltext.PostgreSQL, "INSERT INTO c AS x (id) SELECT id FROM c WHERE id IN (:ids) ON CONFLICT (id) DO UPDATE SET a = 1, id = excluded.id WHERE x.b", "c.a c.id"},
		{sqltext.PostgreSQL, "MERGE INTO c USING d ON c.id = d.id WHEN MATCHED AND b THEN UPDATE SET a = 1, id = 2 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)", "c.a c.id"},
		{sqltext.PostgreSQL, "UPDATE c SET id = id, a = c.a, b = d.b FROM d", "c.id= c.a= c.b"},
		{sqltext.PostgreSQL, "SELECT id FROM c WHERE id IN (:ids) FOR UPDATE", ""},
		{sqltext.PostgreSQL, "WITH x AS (SELECT id FROM c FOR NO KEY UPDATE) UPDATE c SET a = 'SET b = 1' FROM x", "c.a"},
		{sqltext.PostgreSQL, "DELETE FROM c WHERE id = :id", ""},
		{sqltext.SQLite, "UPDATE OR ABORT [c] SET a = 1, (b, d) = (SELECT 1, 2) WHERE id = :id", "[c].a [c].b [c].d"},
		{sqltext.SQLite, "INSERT OR IGNORE INTO main.c (id) VALUES (:id) ON CONFLICT DO UPDATE SET a = 1", "main.c.a"},
		{sqltext.MySQL, "UPDATE LOW_PRIORITY `c` x SET x.a = 1, b = 2 WHERE id = :id", "`c`.a `c`.b"},
		{sqltext.MySQL, "UPDATE c x JOIN shop.o AS y ON y.id = x.id SET x.id = 1, y.id = 2, shop.o.b = 3, z = 4", "c.id shop.o.id shop.o.b c.z shop.o.z"},
		{sqltext.MySQL, "UPDATE (c LEFT JOIN o USING (id)), p SET c.id = 1, p.id = o.id", "c.id p.id"},
		{sqltext.MySQL, "INSERT IGNORE c (id, a) SELECT id, 1 FROM o WHERE id IN (:ids) ON DUPLICATE KEY UPDATE a = VALUES(a), id = id + 1", "c.a c.id"},
		{sqltext.MySQL, "INSERT INTO c SET id = 1", ""},
	} {
		parsed, err := sqltext.Parse(test.text, test.dialect)
		require.NoError(t, err)
		var found []string
		for _, one := range parsed.Assignments() {
			itself := map[bool]string{true: "="}[one.Itself]
			found = append(found, strings.Join(one.Table, ".")+"."+one.Column+itself)
		}
		assert.Equal(t, test.assigned, strings.Join(found, " "), test.text)
	}
}

func TestSameName(t *testing.T) {
	for _, test := range []struct {
		dialect       sqltext.Dialect
		written, name string
		same          bool
	}{
		{sqltext.PostgreSQL, "ID", "id", true}, {sqltext.PostgreSQL, `"ID"`, "id", false}, {sqltext.PostgreSQL, `"ID"`, "ID", true}, {sqltext.PostgreSQL, "ID", "ID", false},
		{sqltext.MySQL, "`Id`", "id", true}, {sqltext.SQLite, "[Id]", "id", true}, {sqltext.SQLite, "idx", "id", false},
	} {
		parsed, err := sqltext.Parse("SELECT :id", test.dialect)
		require.NoError(t, err)
		assert.Equal(t, test.same, parsed.SameName(test.written, test.name), test.written)
	}
}

func TestParametersOfTheDatabasesOwnAreRefused(t *testing.T) {
	for _, test := range []struct {
		dialect sqltext.Dialect
		text    string
		says    string
	}{
		{sqltext.MySQL, "UPDATE c SET a = '?', b = ? WHERE id = :id", `it has a parameter ("?")`},
		{sqltext.SQLite, "UPDATE c SET a = ?1 WHERE id = :id", `it has a parameter ("?1")`},
		{sqltext.SQLite, "UPDATE c SET a = @b WHERE id = :id", `it has a parameter ("@b")`},
		{sqltext.PostgreSQL, "UPDATE c SET a = $1 WHERE id = :id", `it has a parameter ("$1")`},
		{sqltext.PostgreSQL, "UPDATE c SET a = b ? '$1', d = :id::text, e$1 = 2 /* ? $1 */ WHERE id = :id", ""},
		{sqltext.MySQL, "UPDATE c SET a = @b, d = '?' /* ? */ WHERE id = :id", ""},
		{sqltext.SQLite, "UPDATE c SET a = d ->> '$.e', [b?] = '?' WHERE id = :id", ""},
	} {
		parsed, err := sqltext.Parse(test.text, test.dialect)
		require.NoError(t, err)
		if err = parsed.CheckParameters([]string{"id"}); test.says == "" {
			require.NoError(t, err, test.text)
			continue
		}
		require.ErrorContains(t, err, test.says, test.text)
	}
}
