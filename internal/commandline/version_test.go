package commandline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAReleaseSaysItsVersion: the linker sets it (.goreleaser.yaml, Dockerfile).
func TestAReleaseSaysItsVersion(t *testing.T) {
	before := release
	t.Cleanup(func() { release = before })
	release = "0.1.0"
	require.Regexp(t, `^0\.1\.0.*, go1\.\S+ \w+/\w+$`, Version())
}
