package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestWhichTableAnUpdateNames(t *testing.T) {
	for text, name := range map[string][]string{
		"UPDATE customers SET a = 1 WHERE id = :id":                              {"customers"},
		"update only shop.customers AS c set a = 1":                              {"shop", "customers"},
		"UPDATE /* all */ `shop` . `customers` c SET a = 1":                      {"`shop`", "`customers`"},
		"UPDATE OR ABORT [customers] SET a = 1":                                  {"[customers]"},
		"UPDATE LOW_PRIORITY IGNORE customers SET a = 1":                         {"customers"},
		"UPDATE orders o JOIN customers c ON o.id = c.id SET c.a = 1":            nil,
		"WITH v AS (SELECT 1) UPDATE customers SET a = 1":                        nil,
		"INSERT INTO customers (a) VALUES (1) ON CONFLICT DO UPDATE SET a = 2":   nil,
		`UPDATE "a ""b"" c" SET a = (SELECT b FROM o JOIN customers USING (id))`: {`"a ""b"" c"`},
	} {
		dialect := sqltext.MySQL
		if strings.Contains(text, "[") {
			dialect = sqltext.SQLite
		}
		parsed, err := sqltext.Parse(text, dialect)
		require.NoError(t, err)
		require.Equal(t, name, parsed.Updates(), text)
	}
	parsed, err := sqltext.Parse("UPDATE o SET a = 'customers' FROM orders o -- customers", sqltext.PostgreSQL)
	require.NoError(t, err)
	require.True(t, parsed.Names("Orders"))
	require.False(t, parsed.Names("customers"))
	require.Equal(t, `a "b" c`, sqltext.Unquoted(`"a ""b"" c"`))
}

func TestWhatAnUpdateCallsItsTable(t *testing.T) {
	for text, alias := range map[string]string{
		"UPDATE customers SET a = 1":                                  "",
		"UPDATE customers AS r SET a = 1":                             "r",
		"UPDATE shop.customers d SET a = o.a FROM o":                  "d",
		"UPDATE shop.customers SET a = 1":                             "",
		"UPDATE ONLY customers SET a = 1":                             "",
		"UPDATE ONLY shop.customers * AS \"My r\" SET a = 1":          `"My r"`,
		"UPDATE customers * SET a = 1":                                "",
		"WITH o AS (UPDATE x AS y SET b = 1) UPDATE c AS z SET a = 1": "z",
		"UPDATE OR ABORT customers SET a = 1":                         "",
		"UPDATE OR ABORT customers AS r SET a = 1":                    "r",
		"UPDATE customers INDEXED BY i SET a = 1":                     "",
		"DELETE FROM customers":                                       "",
	} {
		parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
		require.NoError(t, err)
		require.Equal(t, alias, parsed.Alias(), text)
	}
}
