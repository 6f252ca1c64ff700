package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
	"github.com/stretchr/testify/require"
)

// TestTheReleaseIsOfGoreleasersOwnTypes: a key that goreleaser does not know is an error,
// and each file that the configuration names is there.
func TestTheReleaseIsOfGoreleasersOwnTypes(t *testing.T) {
	read, err := config.Load("../../.goreleaser.yaml")
	require.NoError(t, err)
	require.Len(t, read.Builds, 2)
	for _, build := range read.Builds {
		require.ElementsMatch(t, []string{"linux", "darwin", "windows"}, build.Goos)
		require.ElementsMatch(t, []string{"amd64", "arm64"}, build.Goarch)
		require.DirExists(t, filepath.Join("../..", build.Main))
		require.Contains(t, build.Ldflags[0], "db-migrate/internal/commandline.release={{ .Version }}")
	}
	for _, image := range read.DockersV2 {
		require.FileExists(t, filepath.Join("../..", image.Dockerfile))
	}
	for _, hook := range read.Before.Hooks {
		file, err := os.Stat(filepath.Join("../..", hook))
		require.NoError(t, err)
		require.NotZero(t, file.Mode()&0o111, "%s cannot be run", hook)
	}
}

// TestSystemdKnowsTheUnits where systemd is installed.
func TestSystemdKnowsTheUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	units, err := filepath.Glob("../systemd/*.service")
	require.NoError(t, err)
	require.Len(t, units, 2)
	for _, unit := range units {
		content, err := os.ReadFile(unit)
		require.NoError(t, err)
		copied := filepath.Join(t.TempDir(), filepath.Base(unit))
		// The programs are not installed here; systemd wants to find them.
		text := regexpProgram.ReplaceAll(content, []byte("ExecStart=/bin/true"))
		require.NoError(t, os.WriteFile(copied, text, 0o644))
		output, err := exec.Command("systemd-analyze", "verify", "--man=no", copied).CombinedOutput()
		require.NoError(t, err, string(output))
		require.Empty(t, string(output))
	}
}

var regexpProgram = regexp.MustCompile(`ExecStart=/usr/bin/\S+`)
