package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestParametersAreFound(t *testing.T) {
	for _, test := range []struct{ text, filled string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT id FROM t WHERE id = :id;", "SELECT id FROM t WHERE id = <id>"},
		{"UPDATE t SET a = ':id' WHERE id IN (:ids)", "UPDATE t SET a = ':id' WHERE id IN (<ids>)"},
		{"SELECT 'it''s :no' , :yes", "SELECT 'it''s :no' , <yes>"},
		{`SELECT ":no", [:no], :yes`, `SELECT ":no", [:no], <yes>`},
		{"SELECT a::text, :id", "SELECT a::text, <id>"},
		{"SELECT 1 -- :no\n, :yes", "SELECT 1 -- :no\n, <yes>"},
		{"SELECT /* :no */ :yes_2", "SELECT /* :no */ <yes_2>"},
		{"SELECT '12:30', :a+:b", "SELECT '12:30', <a>+<b>"},
		{"SELECT 'unfinished :no", "SELECT 'unfinished :no"},
	} {
		statement, err := sqltext.Parse(test.text, sqltext.SQLite)
		require.NoError(t, err, test.text)
		require.Equal(t, test.filled, statement.Fill(func(name string) string { return "<" + name + ">" }))
	}
}

func TestTwoStatementsAreRefused(t *testing.T) {
	_, err := sqltext.Parse("UPDATE t SET a = ';'; DELETE FROM t", sqltext.SQLite)
	require.EqualError(t, err, `more than one statement: "DELETE FROM t" begins another; list them one by one`)
}

func TestTheFirstWordSkipsComments(t *testing.T) {
	statement, err := sqltext.Parse("-- first\n /* second */ update t SET a = 1", sqltext.SQLite)
	require.NoError(t, err)
	require.Equal(t, "UPDATE", statement.FirstWord())
}

func TestWordsAreFoundOutsideOfStringsAndNames(t *testing.T) {
	for text, found := range map[string]bool{
		"UPDATE t SET a = 1 WHERE id = :id Returning id": true,
		"UPDATE t SET a = 'returning' WHERE id = :id":    false,
		"UPDATE t SET returning_at = 1 WHERE id = :id":   false,
		"UPDATE t SET a1returning = 1 -- RETURNING id":   false,
		`UPDATE t SET "returning" = 1`:                   false,
		"UPDATE t SET a = 1\nRETURNING(id)":              true,
	} {
		statement, err := sqltext.Parse(text, sqltext.SQLite)
		require.NoError(t, err, text)
		require.Equal(t, found, statement.HasWord("RETURNING"), text)
	}
}

func TestPostgreSQLHasItsOwnQuotes(t *testing.T) {
	for text, filled := range map[string]string{
		"SELECT ARRAY[:id]":                         "SELECT ARRAY[<id>]",
		"SELECT a[1], $$ :no $$, :yes":              "SELECT a[1], $$ :no $$, <yes>",
		"SELECT $body$ ; :no $$ $body$ || :yes":     "SELECT $body$ ; :no $$ $body$ || <yes>",
		"SELECT $1, :yes":                           "SELECT $1, <yes>",
		"SELECT a[1:no], b[f(n):no][no:no], :yes":   "SELECT a[1:no], b[f(n):no][no:no], <yes>",
		`SELECT "a"["n":no], ARRAY[1,:yes, -:yes]`:  `SELECT "a"["n":no], ARRAY[1,<yes>, -<yes>]`,
		"SELECT :yes::text, '{1,2}'::int[] || :ids": "SELECT <yes>::text, '{1,2}'::int[] || <ids>",
	} {
		statement, err := sqltext.Parse(text, sqltext.PostgreSQL)
		require.NoError(t, err, text)
		require.Equal(t, filled, statement.Fill(func(name string) string { return "<" + name + ">" }))
	}
}

func TestMySQLHasItsOwnQuotes(t *testing.T) {
	for text, filled := range map[string]string{
		`SELECT 'it\'s :no', :yes`:            `SELECT 'it\'s :no', <yes>`,
		`SELECT "a\\", :yes`:                  `SELECT "a\\", <yes>`,
		"SELECT `a\\`, :yes":                  "SELECT `a\\`, <yes>",
		"SELECT 1 # :no\n, :yes":              "SELECT 1 # :no\n, <yes>",
		"# first\nUPDATE t SET a = ':' || :b": "# first\nUPDATE t SET a = ':' || <b>",
	} {
		statement, err := sqltext.Parse(text, sqltext.MySQL)
		require.NoError(t, err, text)
		require.Equal(t, filled, statement.Fill(func(name string) string { return "<" + name + ">" }))
	}
	commented, err := sqltext.Parse("# first\nupdate t SET a = 1 WHERE id = :id", sqltext.MySQL)
	require.NoError(t, err)
	require.Equal(t, "UPDATE", commented.FirstWord())
}

// TestTextIsReadAsTheDatabaseReadsIt: each of these was refused, or its parameters were
// looked for in the wrong places.
func TestTextIsReadAsTheDatabaseReadsIt(t *testing.T) {
	for _, test := range []struct {
		dialect      sqltext.Dialect
		text, filled string
	}{
		{sqltext.PostgreSQL, `SET a = E'don\'t :no', b = :yes`, `SET a = E'don\'t :no', b = <yes>`},
		{sqltext.PostgreSQL, `SET a = e'a\\', b = :yes`, `SET a = e'a\\', b = <yes>`},
		{sqltext.PostgreSQL, "SET a = E'a'\n '\\':no', b = :yes", "SET a = E'a'\n '\\':no', b = <yes>"},
		{sqltext.PostgreSQL, `SET a = 'C:\', b = :yes`, `SET a = 'C:\', b = <yes>`},
		{sqltext.PostgreSQL, `SET a = date'2026-01-01', b = '\', c = :yes`, `SET a = date'2026-01-01', b = '\', c = <yes>`},
		{sqltext.PostgreSQL, "SELECT /* a /* :no */ ' */ :yes", "SELECT /* a /* :no */ ' */ <yes>"},
		{sqltext.PostgreSQL, "SELECT a$b$ + :yes + c$b$", "SELECT a$b$ + <yes> + c$b$"},
		{sqltext.PostgreSQL, "SELECT :yes; -- done", "SELECT <yes>"},
		{sqltext.SQLite, "SELECT :yes ; /* ; */ ;\n-- :no", "SELECT <yes> "},
		{sqltext.MySQL, "SELECT 1--1, :yes", "SELECT 1--1, <yes>"},
		{sqltext.MySQL, "SELECT 1--:yes", "SELECT 1--<yes>"},
		{sqltext.MySQL, "SELECT 1 --\t:no\n, :yes", "SELECT 1 --\t:no\n, <yes>"},
		{sqltext.MySQL, `SELECT 'C:\', :yes`, `SELECT 'C:\', :yes`},
		{sqltext.MySQL | sqltext.NoBackslashes, `SELECT 'C:\', :yes`, `SELECT 'C:\', <yes>`},
		{sqltext.MySQL | sqltext.NamesInQuotes, `SELECT "a\", 'it\'s :no', :yes`, `SELECT "a\", 'it\'s :no', <yes>`},
	} {
		statement, err := sqltext.Parse(test.text, test.dialect)
		require.NoError(t, err, test.text)
		require.Equal(t, test.filled, statement.Fill(func(name string) string { return "<" + name + ">" }))
	}
	_, err := sqltext.Parse("UPDATE t SET a = 1; -- and\nDELETE FROM t", sqltext.PostgreSQL)
	require.EqualError(t, err, `more than one statement: "DELETE FROM t" begins another; list them one by one`)
}

// TestEachValidParameterIsNamedOnce, also of a key that is called id.
func TestEachValidParameterIsNamedOnce(t *testing.T) {
	statement, err := sqltext.Parse("SELECT :number", sqltext.SQLite)
	require.NoError(t, err)
	for said, columns := range map[string][]string{
		"there is no parameter :number; there are :id, :ids":                  {"id"},
		"there is no parameter :number; there are :id, :ids, :region, :place": {"region", "id", "place"},
	} {
		require.EqualError(t, statement.CheckParameters(columns), said)
	}
}

// TestTheOpenEndOfASliceIsTold: [:n] may be either, and is taken for a parameter.
func TestTheOpenEndOfASliceIsTold(t *testing.T) {
	statement, err := sqltext.Parse("UPDATE t SET a = a[:n] WHERE id = :id", sqltext.PostgreSQL)
	require.NoError(t, err)
	require.EqualError(t, statement.CheckParameters([]string{"id"}), "there is no parameter :n; there are :id, :ids; for a slice of an array write a blank behind the colon, [: n]")
	between, err := sqltext.Parse("UPDATE t SET a = a[1:n] WHERE id = :id", sqltext.PostgreSQL)
	require.NoError(t, err)
	require.NoError(t, between.CheckParameters([]string{"id"}))
	spaced, err := sqltext.Parse("UPDATE t SET a = a[: n] WHERE id = :id", sqltext.PostgreSQL)
	require.NoError(t, err)
	require.NoError(t, spaced.CheckParameters([]string{"id"}))
}

func TestCommentsThatMySQLExecutesAreRefused(t *testing.T) {
	for _, text := range []string{"DELETE FROM c WHERE t_id IN (:ids) /*! OR 1=1 */", "DELETE FROM c WHERE t_id IN (:ids) /*M!50000 OR 1=1 */"} {
		_, err := sqltext.Parse(text, sqltext.MySQL)
		require.ErrorContains(t, err, "the server executes what stands in a comment of this form")
		_, err = sqltext.Parse(text, sqltext.PostgreSQL)
		require.NoError(t, err)
	}
	_, err := sqltext.Parse("DELETE FROM c WHERE name = '/*! x */' AND t_id IN (:ids) /* plain */", sqltext.MySQL)
	require.NoError(t, err)
}
