package docs_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/migration"
	"db-migrate/starter/cli"
	"db-migrate/worker/service"
)

// pages are all documents of the repository, by their paths from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "var" || entry.Name() == "site" || entry.Name() == "testdata" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			found[path] = string(content)
		}
		return nil
	}))
	return found
}

var (
	code    = regexp.MustCompile("(?ms)^```.*?^```$|^    .*?$")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// anchors are the headings of a page as GitHub makes links of them.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, words := range heading.FindAllStringSubmatch(page, -1) {
		text := strings.ToLower(regexp.MustCompile("[`*]|\\[|\\]\\([^)]*\\)").ReplaceAllString(words[1], ""))
		text = regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(text, "")
		found[strings.ReplaceAll(text, " ", "-")] = true
	}
	return found
}

// TestLinksLeadSomewhere: each file that a page names is there, and each heading in it.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for path, page := range all {
		for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(page, ""), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := path
			if target != "" {
				file = filepath.Join(filepath.Dir(path), target)
				_, err := os.Stat(file)
				require.NoError(t, err, "%s links to %s", path, found[1])
			}
			if anchor != "" && filepath.Ext(file) == ".md" {
				require.True(t, anchors(all[file])[anchor], "%s links to %s: there is no such heading", path, found[1])
			}
		}
	}
}

// command is a line of a page that begins one of our programs.
var command = regexp.MustCompile(`(?m)^(?:    |)(?:\$ )?(?:[A-Z_]+=\S+ )*(?:bin/|db-migrate/bin/)?(worker|starter) +(.*)$`)

// TestCommandsOfThePagesExist: each option and each command that a page shows is one.
func TestCommandsOfThePagesExist(t *testing.T) {
	checked := 0
	for path, page := range pages(t) {
		for _, block := range code.FindAllString(page, -1) {
			for _, line := range command.FindAllStringSubmatch(block, -1) {
				arguments, whole := argumentsOf(line[2])
				if !whole {
					continue
				}
				var stderr bytes.Buffer
				asked := append(arguments, "--help")
				code := 0
				if line[1] == "starter" {
					code = cli.Main(asked, strings.NewReader(""), new(bytes.Buffer), &stderr)
				} else {
					code = service.Main(asked, new(bytes.Buffer), &stderr, service.Program{Migrations: []migration.Migration{}})
				}
				require.Zero(t, code, "%s: %s: %s", path, line[0], stderr.String())
				checked++
			}
		}
	}
	require.Greater(t, checked, 30)
}

// argumentsOf are those of a line as a shell would take it, comment, pipe and redirection
// apart; false: a shell would do more with it than words.
func argumentsOf(line string) ([]string, bool) {
	if strings.ContainsAny(line, "`") || strings.HasSuffix(line, `\`) || strings.Contains(line, "serves") {
		return nil, false
	}
	var found []string
	for _, word := range strings.Fields(line) {
		if strings.HasPrefix(word, "#") || strings.ContainsAny(word[:1], "|>&<;") || strings.HasPrefix(word, "2>") {
			break
		}
		if word != "…" {
			found = append(found, strings.Trim(strings.TrimSuffix(word, ";"), `"'`))
		}
	}
	return found, true
}
