package mysql_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
)

// TestNamesMayBeOurs: key columns named run, range or outcome were specified more than
// once, and the set repeated for ever.
func TestNamesMayBeOurs(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY)")
	quote := func(name string) string { return "`" + name + "`" }
	databasetest.RequireNames(t, mysql.Driver{}, site.Options, func(table string, key [2]string) {
		for _, text := range []string{"CREATE table TABLE (ONE bigint, TWO bigint, a text, PRIMARY KEY (ONE, TWO))", "INSERT INTO TABLE (ONE, TWO) VALUES (1, 2), (1, 3), (2, 1)"} {
			_, err := site.DB.Exec(strings.NewReplacer("TABLE", quote(table), "ONE", quote(key[0]), "TWO", quote(key[1])).Replace(text))
			require.NoError(t, err)
		}
	}, quote)
}

// TestATablesNameIsTakenAsItIsWritten, as the server takes one in backticks.
func TestATablesNameIsTakenAsItIsWritten(t *testing.T) {
	site := newSite(t, "CREATE TABLE `My Table` (id bigint PRIMARY KEY, a text)", "CREATE TABLE kunden (id bigint PRIMARY KEY, a text)", "INSERT INTO `My Table` VALUES (1, 'a')")
	site.Options.Table = "My Table"
	databasetest.RequireMigrates(t, mysql.Driver{}, site.Options, goPlanOf("a"), 1)
	site.Options.Table = "Kunden"
	connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	_, err = connection.Prepare(t.Context(), goPlanOf("a"))
	require.ErrorContains(t, err, "there is kunden, which is another name: write connection/table=kunden")
}
