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
