package migration_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"db-migrate/migration"
)

// TestEveryExampleIsWrittenInBlocks: people copy them, and put a # into a statement.
func TestEveryExampleIsWrittenInBlocks(t *testing.T) {
	found := 0
	for _, place := range []string{"README.md", "docs", "examples", "internal/scaffold/templates"} {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", place), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, example := range examplesOf(path, string(content)) {
				requireBlocks(t, path, example)
				found++
			}
			return nil
		}))
	}
	require.GreaterOrEqual(t, found, 11)
}

var (
	fence = regexp.MustCompile("(?ms)^( *)```ya?ml\n(.*?)^ *```")
	// statementKey is a key that holds SQL, one that is commented out too.
	statementKey = regexp.MustCompile(`(?m)^(?:# )?(check|migrate|undo):`)
	commented    = regexp.MustCompile(`(?m)^# ((?:undo:|  ).*)$`)
)

// examplesOf are the parts of a file that are a migration's YAML, or some of it.
func examplesOf(path, content string) []string {
	var found []string
	switch filepath.Ext(strings.TrimSuffix(path, ".tmpl")) {
	case ".md":
		for _, block := range fence.FindAllStringSubmatch(content, -1) {
			found = append(found, regexp.MustCompile("(?m)^"+block[1]).ReplaceAllString(block[2], ""))
		}
	case ".yaml":
		found = append(found, commented.ReplaceAllString(strings.ReplaceAll(content, "{{.Name}}", "name"), "$1"))
	}
	var withSQL []string
	for _, example := range found {
		if statementKey.MatchString(example) {
			withSQL = append(withSQL, example)
		}
	}
	return withSQL
}

func requireBlocks(t *testing.T, path, example string) {
	t.Helper()
	var root yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(example), &root), path)
	mapping := root.Content[0]
	for i := 0; i < len(mapping.Content); i += 2 {
		if statementKey.MatchString(mapping.Content[i].Value + ":") {
			for _, statement := range statementsOf(mapping.Content[i+1]) {
				require.NotZero(t, statement.Style&yaml.LiteralStyle, "%s: %s must stand in a block (|)", path, statement.Value)
			}
		}
	}
	if !strings.Contains(example, "name:") {
		example = "name: part\nmigrate: |\n  UPDATE t SET a = 1\n" + example
	}
	_, err := migration.Parse(path, []byte(example))
	require.NoError(t, err)
}

func statementsOf(node *yaml.Node) []*yaml.Node {
	if node.Kind == yaml.SequenceNode {
		return node.Content
	}
	return []*yaml.Node{node}
}
