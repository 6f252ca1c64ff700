//go:build unix

package graph_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/graph"
)

// A pipe that dot's child holds open shows that the child was ended too: its
// reader comes to the end once no writer is left.
func TestGraphvizThatHangsIsStopped(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)
	defer reader.Close()
	fakeDot(t, "exec 3>"+pipe+"\necho started >&3\nsleep 60\necho never reached >&3")
	_, err = graph.Renderer{Timeout: 500 * time.Millisecond}.Render(t.Context(), broken(), graph.PNG, graph.Options{})
	assert.EqualError(t, err, "dot took longer than 0.5 s and was stopped")
	assert.Equal(t, "started\n", readAll(t, reader))
}
