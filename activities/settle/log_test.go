package settle

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestTheLogHasTheOriginalsForm: appended, a line for each customer, its folders
// created.
func TestTheLogHasTheOriginalsForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "today", "migrated.txt")
	for range 2 {
		log := NewMigrationLog(path)
		require.NoError(t, log.Open())
		log.migrated([]database.Key{{"4711"}, {"north", "8"}}, 300*time.Millisecond)
		require.NoError(t, log.Close())
	}
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	line := `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - `
	once := line + ` {13}4711 -   150 ms\n` + line + ` {9}north, 8 -   150 ms\n`
	require.Regexp(t, "^"+once+once+"$", string(content))
}

func TestNoLog(t *testing.T) {
	log := NewMigrationLog("")
	require.NoError(t, log.Open())
	log.migrated([]database.Key{{"1"}}, time.Second)
	log.Flush()
	require.NoError(t, log.Close())
}

func TestALogThatCannotBeWritten(t *testing.T) {
	blocker := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(blocker, nil, 0o644))
	require.ErrorContains(t, NewMigrationLog(filepath.Join(blocker, "log.txt")).Open(), "customer-migrator/log-file")
}
