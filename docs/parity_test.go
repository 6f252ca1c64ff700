package docs_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestParityNamesRealTests: a proof that does not exist proves nothing.
func TestParityNamesRealTests(t *testing.T) {
	page, err := os.ReadFile("parity.md")
	require.NoError(t, err)
	names := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(string(page), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		require.NoError(t, exec.Command("grep", "-rqE", "--include=*_test.go", "^func "+name+`\(`, "..").Run(), "there is no %s", name)
	}
	for _, list := range regexp.MustCompile("`script: ([a-z-]+)`((?:, `[a-z-]+`)*)").FindAllStringSubmatch(string(page), -1) {
		for _, name := range regexp.MustCompile(`[a-z-]+`).FindAllString(list[1]+list[2], -1) {
			require.FileExists(t, "../internal/script/testdata/"+name+".txtar")
		}
	}
}
