package sqltext

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOrdinaryStatementsAreTaken: what is right, and has the forms that people write, is not
// refused for what others do by the same words.
func TestOrdinaryStatementsAreTaken(t *testing.T) {
	text, err := os.ReadFile("testdata/ordinary.json")
	require.NoError(t, err)
	var all []struct {
		Name, Check             string
		Key, Migrate, Databases []string
	}
	require.NoError(t, json.Unmarshal(text, &all))
	require.NotEmpty(t, all)
	dialects := map[string]Dialect{"pg": PostgreSQL, "my": MySQL, "lt": SQLite}
	for _, one := range all {
		for _, database := range one.Databases {
			t.Run(one.Name+", "+database, func(t *testing.T) {
				var check Statement
				if one.Check != "" {
					check = parsed(t, one.Check, dialects[database])
					assert.Empty(t, check.DependsOnSet(one.Key))
					assert.False(t, check.MisnamesKey(one.Key))
				}
				first := parsed(t, one.Migrate[0], dialects[database])
				assert.Empty(t, first.DependsOnSet(one.Key))
				assert.Empty(t, first.ReadsProgress(one.Key, check))
				for _, text := range one.Migrate {
					statement := parsed(t, text, dialects[database])
					assert.Empty(t, statement.Unbound(), text)
					assert.Empty(t, statement.AddsPerSet(), text)
					assert.False(t, statement.MixesRows() || statement.MisnamesKey(one.Key), text)
				}
			})
		}
	}
}

func parsed(t *testing.T, text string, dialect Dialect) Statement {
	t.Helper()
	statement, err := Parse(text, dialect)
	require.NoError(t, err, text)
	return statement
}
