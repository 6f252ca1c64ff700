package idfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/idfile"
)

// FuzzFile: whatever a file holds, what the inspection has counted is what the migrator
// reads, in one piece or cut at any line.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{"1\n2\n3\n", "\ufeff1\r\n2", "a\tb\nc\td\n", "\n\n 1 \n", "1\x002\n", "\xff\n", "one line"} {
		f.Add([]byte(seed), 2)
	}
	f.Fuzz(func(t *testing.T, content []byte, limit int) {
		folder := &idfile.Folder{Path: t.TempDir()}
		require.NoError(t, os.WriteFile(filepath.Join(folder.Path, "ids"), content, 0o600))
		found, err := folder.Inspect("ids", 1, nil)
		if err != nil {
			return
		}
		file, err := folder.Open(found)
		require.NoError(t, err)
		defer file.Close()
		whole, err := file.Read(0, 0, int(found.Customers)+1)
		require.NoError(t, err)
		require.Len(t, whole, int(found.Customers))
		limit = 1 + max(0, limit)%5
		var parts []idfile.ID
		for offset := int64(0); ; {
			part, err := file.Read(offset, 0, limit)
			require.NoError(t, err)
			parts = append(parts, part...)
			if len(part) < limit {
				break
			}
			offset = part[len(part)-1].Next
		}
		require.Equal(t, whole, parts)
	})
}
