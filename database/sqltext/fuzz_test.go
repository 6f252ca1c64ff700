package sqltext

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParse: a statement that is taken apart and put together is the same, and means
// the same once more; what asks about it ends.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"UPDATE customers SET a = 'it''s :no' WHERE id IN (:ids)", "SELECT \"a:b\" -- :c\nFROM t WHERE id = :id;", "/* :x */ SELECT 1",
		"SELECT $tag$ :a $tag$, :id::text", "UPDATE `t` SET a = '\\' :b' WHERE (a, b) IN (:ids)", "SELECT [a:b] FROM t # :c", "'", "/*", "$a$", ":", ";;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, dialect := range []Dialect{SQLite, PostgreSQL, MySQL} {
			parsed, err := Parse(text, dialect)
			if err != nil {
				continue
			}
			require.Len(t, parsed.Texts, len(parsed.Parameters)+1)
			whole := parsed.Fill(func(name string) string { return ":" + name })
			require.True(t, strings.Contains(text, whole), "%q becomes %q", text, whole)
			again, err := Parse(whole, dialect)
			require.NoError(t, err)
			require.Equal(t, parsed, again)
			parsed.Tokens()
			parsed.Updates()
			parsed.Assigned()
			parsed.Assignments()
			parsed.Deletes()
			parsed.Inserts()
			parsed.KeyAlone("customers", []string{"id"})
			parsed.KeepsToKey([]string{"id", "n"})
			parsed.FirstWord()
			_ = parsed.CheckParameters([]string{"id"})
			_ = CheckCondition(text, dialect)
		}
	})
}
