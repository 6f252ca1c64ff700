package service

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Neither a database nor Temporal is there, nor what production's configuration
// asks for.
func TestVisualizeNeedsNothing(t *testing.T) {
	for _, environment := range []string{"localhost", "production"} {
		var stdout, stderr bytes.Buffer
		code := Main([]string{"--visualize", "--format", "tree", "-e", environment}, &stdout, &stderr, Program{})
		assert.Equal(t, exitStopped, code)
		assert.Contains(t, stdout.String(), "migration-overseer")
		assert.NotContains(t, stdout.String(), "missing")
	}
}

func TestConfigurationProblemsAreToldBesideTheDrawing(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := Main([]string{"-V", "--format", "dot", "connection/tabel=x"}, &stdout, &stderr, Program{})
	assert.Equal(t, exitStopped, code)
	assert.Contains(t, stdout.String(), "digraph")
	assert.Contains(t, stderr.String(), "did you mean connection/table?")
}

func TestADrawingsFlagsStartNoWorker(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Equal(t, exitUsage, Main([]string{"--output-file", "a.svg"}, &stdout, &stderr, Program{}))
	assert.Contains(t, stderr.String(), "--output-file belongs to a drawing; add --visualize (-V), or leave it out")
}
