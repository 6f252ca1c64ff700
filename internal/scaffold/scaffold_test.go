package scaffold_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/scaffold"
	"db-migrate/migration"
)

// sources is the folder of this module.
func sources(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../..")
	require.NoError(t, err)
	return folder
}

// TestAModuleBuildsAndPassesItsTest: at once, without a network, and without a
// change to its go.mod or go.sum; also from a folder with a blank in its name.
func TestAModuleBuildsAndPassesItsTest(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "my migrations", "shout-out")
	require.NoError(t, os.Mkdir(filepath.Dir(folder), 0o755))
	made, err := scaffold.Create(scaffold.Request{Folder: folder, Source: sources(t)})
	require.NoError(t, err)
	require.Equal(t, "shout-out", made.Name)
	require.ElementsMatch(t, made.Files, filesOf(t, folder))
	for _, command := range []string{"vet ./...", "build -o bin/ ./worker ./starter", "test ./...", "list db-migrate/examples/customers"} {
		inFolder(t, folder, "go", strings.Fields(command)...)
	}
	require.Contains(t, inFolder(t, folder, "bin/worker", "--help"), "worker: [options]")
	require.Contains(t, inFolder(t, folder, "bin/starter", "--config", "config", "--print-config"), "shout-out")
	require.Empty(t, inFolder(t, folder, "gofmt", "-l", "."))
	for _, main := range []string{"worker/main.go", "starter/main.go"} {
		content, err := os.ReadFile(filepath.Join(folder, main))
		require.NoError(t, err)
		require.LessOrEqual(t, strings.Count(string(content), "\n"), 15, main)
	}
}

// inFolder runs a command and returns what it prints. The go command may neither
// ask a network nor change go.mod.
func inFolder(t *testing.T, folder, name string, arguments ...string) string {
	t.Helper()
	if strings.Contains(name, "/") {
		name = filepath.Join(folder, name)
	}
	command := exec.Command(name, arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOWORK=off")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s %s: %s", name, arguments, output)
	return string(output)
}

func filesOf(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			relative, _ := filepath.Rel(folder, path)
			files = append(files, filepath.ToSlash(relative))
		}
		return err
	}))
	return files
}

func TestAMigrationInSQLIsFoundByItsName(t *testing.T) {
	for _, name := range []string{"tell", "null", "yes"} {
		folder := filepath.Join(t.TempDir(), name)
		made, err := scaffold.Create(scaffold.Request{Folder: folder, Source: sources(t), SQL: true})
		require.NoError(t, err)
		require.ElementsMatch(t, made.Files, filesOf(t, folder))
		catalog, err := migration.NewCatalog(nil, filepath.Join(folder, "config"))
		require.NoError(t, err)
		found, err := catalog.Named(name)
		require.NoError(t, err)
		require.NotEmpty(t, found.Statements.Check)
	}
}

func TestRefused(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "taken"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), []byte("precious"), 0o600))
	for name, test := range map[string]struct{ folder, source, says string }{
		"a folder that exists": {"taken", sources(t), "taken exists, and is left as it is"},
		"a file that exists":   {"file", sources(t), "file exists, and is left as it is"},
		"a bad name":           {"Über", sources(t), "the name must be lower-case letters, digits and hyphens"},
		"no parent":            {"nowhere/shout", sources(t), "there is no folder " + filepath.Join(folder, "nowhere")},
		"no sources":           {"shout", folder, "--source: " + folder + " does not hold the sources of db-migrate"},
	} {
		t.Run(name, func(t *testing.T) {
			before := filesOf(t, folder)
			_, err := scaffold.Create(scaffold.Request{Folder: filepath.Join(folder, test.folder), Source: test.source})
			require.ErrorContains(t, err, test.says)
			require.Equal(t, before, filesOf(t, folder))
			require.NoDirExists(t, filepath.Join(folder, "shout"))
		})
	}
}

// TestTheSourcesAreFoundFromAFolderWithin: this test runs in one.
func TestTheSourcesAreFoundFromAFolderWithin(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "shout")
	made, err := scaffold.Create(scaffold.Request{Folder: folder})
	require.NoError(t, err)
	found, err := filepath.EvalSymlinks(filepath.Join(folder, made.Source))
	require.NoError(t, err)
	expected, err := filepath.EvalSymlinks(sources(t))
	require.NoError(t, err)
	require.Equal(t, expected, found)
	require.True(t, slices.Contains(made.Files, "go.sum"))
}
