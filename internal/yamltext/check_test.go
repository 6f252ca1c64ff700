package yamltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"db-migrate/internal/yamltext"
)

// valueOf is the value of a file's only key.
func valueOf(t *testing.T, file string) *yaml.Node {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(file), &document))
	return document.Content[0].Content[1]
}

// TestWhole: of no text is anything left out without a word.
func TestWhole(t *testing.T) {
	for _, test := range []struct{ file, says string }{
		{"a: x", ""}, {"a: x#y", ""}, {"a: 'x # y' # z", ""}, {"a: \"x \\\" # y\" # z", ""}, {"a: | # z\n  x # y\n", ""}, {"a: x -- y", ""}, {"a: # z\n  x", ""},
		{"a: >\n  x\n  y", ""}, {"a: x\n  y", ""}, {"a: >-\n  x--y", ""}, {"a: x\n# y\n", ""}, {"a: ü\n", ""}, {"a: 'x\n  y'", ""}, {"a: 'it''s -- x'", ""},
		{"a: x # y", `takes everything from "# y" on`}, {"a: x\t# y", `"# y"`}, {"a: x #", `"#"`}, {"a: x\n  y # z", `"# z"`}, {"a: &b x # y", `"# y"`}, {"a: !!str x # y", `"# y"`},
		{"a: üü # y", `"# y"`}, {"{a: x # y\n}", `"# y"`}, {"a: x # y\r\n", `"# y"`},
		{"a: >\n  x -- y\n  z", "joins these lines"}, {"a: x -- y\n  z", "joins these lines"}, {"a: 'x -- y\n  z'", "joins these lines"}, {"a: \"x -- y\\\n  z\"", "joins these lines"},
		{"a: 'x#y\n  z'", "a comment (#)"}, {"a: >\n  x // y\n  z", "a comment (//)"},
	} {
		err := yamltext.LinesOf([]byte(test.file)).Whole(valueOf(t, test.file), "a: |")
		if test.says == "" {
			require.NoError(t, err, test.file)
			continue
		}
		require.ErrorContains(t, err, test.says, test.file)
		require.ErrorContains(t, err, "as a block", test.file)
		require.ErrorContains(t, err, "a: |", test.file)
	}
}
