package sqlite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/sqlite"
)

// TestNamesMayBeOurs: key columns named run, range or outcome were specified more than
// once, and the set repeated for ever.
func TestNamesMayBeOurs(t *testing.T) {
	site := newSite(t, `CREATE TABLE "My Table" (id integer PRIMARY KEY, a text); INSERT INTO "My Table" VALUES (1, 'a')`)
	quote := func(name string) string { return `"` + name + `"` }
	databasetest.RequireNames(t, sqlite.Driver{}, site.Options, func(table string, key [2]string) {
		_, err := site.DB.Exec(strings.NewReplacer("TABLE", quote(table), "ONE", quote(key[0]), "TWO", quote(key[1])).Replace("CREATE table TABLE (ONE bigint NOT NULL, TWO bigint NOT NULL, a text, PRIMARY KEY (ONE, TWO)); INSERT INTO TABLE (ONE, TWO) VALUES (1, 2), (1, 3), (2, 1)"))
		require.NoError(t, err)
	}, quote)
	site.Options.Table = "my table" // SQLite compares names without regard to case
	databasetest.RequireMigrates(t, sqlite.Driver{}, site.Options, database.Plan{Migration: "m", Reads: []string{"a"}, Writes: []string{"a"}}, 1)
}
