//go:build unix

package idfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAPipeIsRefusedAtOnce: to open one would wait for somebody who writes to it.
func TestAPipeIsRefusedAtOnce(t *testing.T) {
	folder := folderWith(t, "1\n")
	require.NoError(t, syscall.Mkfifo(filepath.Join(folder.Path, "pipe"), 0o600))
	_, err := folder.Inspect("pipe", 1, nil)
	require.ErrorContains(t, err, "pipe in the worker's folder "+folder.Path+" is no plain file, but a pipe, which can be read only once; write the ids into a plain file")
	identity, err := folder.Inspect("ids.txt", 1, nil)
	require.NoError(t, err)
	require.NoError(t, os.Rename(filepath.Join(folder.Path, "pipe"), filepath.Join(folder.Path, "ids.txt")))
	_, err = folder.Open(identity)
	require.ErrorContains(t, err, "is no plain file, but a pipe")
}

// TestTheDatabaseIsNoFileOfIDs, by whatever name: to open and close it would give up the
// locks that the database holds.
func TestTheDatabaseIsNoFileOfIDs(t *testing.T) {
	folder := folderWith(t, "1\n")
	shop := filepath.Join(folder.Path, "shop.db")
	require.NoError(t, os.WriteFile(shop, []byte("1\n"), 0o600))
	require.NoError(t, os.Link(shop, filepath.Join(folder.Path, "other-name")))
	require.NoError(t, os.Symlink("shop.db", filepath.Join(folder.Path, "link")))
	folder.Reserved = []string{filepath.Join(folder.Path, "missing.db"), shop}
	for _, name := range []string{"shop.db", "other-name", "link"} {
		_, err := folder.Inspect(name, 1, nil)
		require.EqualError(t, err, "file "+name+" is the database's own ("+shop+"); name a file of ids")
	}
	_, err := folder.Inspect("ids.txt", 1, nil)
	require.NoError(t, err)
}
