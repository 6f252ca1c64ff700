package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheRecipesNameFilesThatExist, and folders.
func TestTheRecipesNameFilesThatExist(t *testing.T) {
	content, err := os.ReadFile("extending.md")
	require.NoError(t, err)
	named := 0
	for _, word := range regexp.MustCompile("`([^`\\s]+)`").FindAllStringSubmatch(string(content), -1) {
		path := word[1]
		isFile := regexp.MustCompile(`\.(go|md|yaml|yml)$`).MatchString(path)
		isFolder := regexp.MustCompile(`^(config|database|docs|internal|scripts|starter|workflows|system)/[a-z/]+$`).MatchString(path)
		if isFile || isFolder && !strings.HasPrefix(path, "database/<") {
			require.True(t, exists(path), "extending.md names %s", path)
			named++
		}
	}
	require.Greater(t, named, 20)
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Join("..", path))
	return err == nil
}
