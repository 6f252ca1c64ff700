package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database/sqltext"
)

func TestConditionsThatAreTaken(t *testing.T) {
	for _, text := range []string{
		"region = 'EU'", "a = 1 AND (b = 2 OR c IN (3, 4))", "name = 'it''s; a (name'", `"odd ) name" > 0`, "note LIKE '-- no comment'",
		"id IN (SELECT id FROM chosen)",
	} {
		for _, dialect := range []sqltext.Dialect{sqltext.SQLite, sqltext.PostgreSQL, sqltext.MySQL} {
			require.NoError(t, sqltext.CheckCondition(text, dialect), text)
		}
	}
	for text, dialect := range map[string]sqltext.Dialect{
		"created::date < now()": sqltext.PostgreSQL, "tags ? 'vip'": sqltext.PostgreSQL, "a = $$ ) ; $$": sqltext.PostgreSQL, "id @> 'x'": sqltext.PostgreSQL,
		"tags[1:many] = tags": sqltext.PostgreSQL,
		`name = 'a\'; ('`:     sqltext.MySQL, "`odd ) name` = 1": sqltext.MySQL, "[odd ) name] = 1": sqltext.SQLite,
	} {
		require.NoError(t, sqltext.CheckCondition(text, dialect), text)
	}
}

func TestConditionsThatWouldEndTheStatement(t *testing.T) {
	for _, test := range []struct {
		text    string
		dialect sqltext.Dialect
		says    string
	}{
		{"1 = 1; DELETE FROM customers", sqltext.PostgreSQL, "it has a semicolon; write one condition, as it stands after WHERE"},
		{"a = 1;", sqltext.SQLite, "it has a semicolon"},
		{"a = 1) OR (1 = 1", sqltext.SQLite, "a bracket is closed that it has not opened"},
		{"(a = 1", sqltext.MySQL, "a bracket is not closed"},
		{"a = 'x", sqltext.MySQL, "the ' of \"'x\" is not closed"},
		{"a = 'x''", sqltext.PostgreSQL, "is not closed"},
		{`a = 'x\'`, sqltext.MySQL, "is not closed"},
		{"a = $$ x", sqltext.PostgreSQL, "is not closed"},
		{"[a = 1", sqltext.SQLite, "is not closed"},
		{"`a = 1", sqltext.MySQL, "is not closed"},
		{"a = 1 -- ", sqltext.PostgreSQL, "it has a comment; leave it out"},
		{"a = 1 /* ", sqltext.SQLite, "it has a comment"},
		{"a = 1 # ", sqltext.MySQL, "it has a comment"},
		{"a = :id", sqltext.SQLite, `it has a parameter (":id"); write the value itself`},
		{"a = ?", sqltext.SQLite, "it has a parameter"},
		{"a = ?", sqltext.MySQL, "it has a parameter"},
		{"a = $1", sqltext.PostgreSQL, `it has a parameter ("$1")`},
		{"a = ARRAY[:id]", sqltext.PostgreSQL, `it has a parameter (":id]")`},
		{"a = @x", sqltext.SQLite, "it has a parameter"},
		{"a = $x", sqltext.SQLite, "it has a parameter"},
	} {
		require.ErrorContains(t, sqltext.CheckCondition(test.text, test.dialect), test.says, test.text)
	}
}
