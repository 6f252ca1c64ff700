package migration_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/migration"
)

// FuzzYAML: a migration's file is read, or refused with its name; a statement that was
// read stands in the file, every word of it.
func FuzzYAML(f *testing.F) {
	shipped, err := filepath.Glob("embedded/*.yaml")
	require.NoError(f, err)
	for _, path := range shipped {
		content, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(content)
	}
	for _, seed := range []string{"", "name: a", "name: a\nmigrate: |\n  UPDATE t SET a = 1 # 2\n", "name: a\nmigrate: UPDATE t SET a = 1 # 2\n", "? [a]\n: b", "a: &a\nb: *a", "migrate:\n- |\n  a\n- >\n  b\n", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		found, err := migration.Parse("file.yaml", content)
		if err != nil {
			require.Contains(t, err.Error(), "file.yaml")
			return
		}
		for _, read := range found {
			for _, statement := range read.Statements.Migrate {
				require.NotEmpty(t, strings.TrimSpace(statement))
			}
		}
	})
}
