package graph

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type lamp struct{}
type desk struct{ Light *lamp }

// office is a system of two components.
func office() Graph {
	light := &lamp{}
	return New(Component{Name: "desk", Value: &desk{Light: light}}, Component{Name: "lamp", Value: light})
}

const officeTree = "desk\n└── light: lamp\n"

func parse(t *testing.T, arguments ...string) *Request {
	t.Helper()
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	request := AddFlags(set)
	request.viewer = viewer{}
	require.NoError(t, set.Parse(arguments))
	return request
}

func run(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	var stdout bytes.Buffer
	err := parse(t, arguments...).Run(t.Context(), office(), &stdout)
	return stdout.String(), err
}

// dotThatDraws stands in for Graphviz: its picture is the text that it was given.
func dotThatDraws(t *testing.T) {
	t.Helper()
	program(t, "dot", "cat")
}

// program puts a shell script on PATH and returns its path.
func program(t *testing.T, name, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	folder := t.TempDir()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return path
}

func TestAsked(t *testing.T) {
	for _, arguments := range [][]string{{}, {"-V"}, {"--visualize", "--format", "svg"}} {
		asked, err := parse(t, arguments...).Asked()
		require.NoError(t, err)
		assert.Equal(t, len(arguments) > 0, asked)
	}
	for _, argument := range []string{"--format=svg", "--output-file=a.svg", "--horizontal", "--highlight=desk", "--colour=desk=red", "--attribute=desk:a=b"} {
		_, err := parse(t, argument).Asked()
		name, _, _ := strings.Cut(argument, "=")
		assert.EqualError(t, err, name+" belongs to a drawing; add --visualize (-V), or leave it out")
	}
}

func TestEveryFlagIsNamed(t *testing.T) {
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	request := AddFlags(set)
	var names []string
	set.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	assert.ElementsMatch(t, names, request.Names())
}

func TestTextGoesToStandardOutput(t *testing.T) {
	dotThatDraws(t)
	for begins, arguments := range map[string][]string{
		"digraph components {\n  rankdir=TB": {"--format", "dot"},
		"digraph components {\n  rankdir=LR": {"--format", "svg", "--horizontal"},
		"flowchart TB":                       {"--format", "mermaid", "--output-file", "-"},
		officeTree:                           {"--output-file", "-"},
	} {
		printed, err := run(t, arguments...)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(printed, begins), "%v: %s", arguments, printed)
	}
}

func TestFlagsReachTheDrawing(t *testing.T) {
	printed, err := run(t, "--format", "dot", "--highlight", "desk", "--highlight", "lamp", "--colour", "lamp=tomato",
		"--attribute", "desk:shape=box3d", "--attribute", "desk:label=a:b=c")
	require.NoError(t, err)
	assert.Contains(t, printed, `fillcolor="tomato"`)
	assert.Contains(t, printed, `label="a:b=c", penwidth="3", shape="box3d"`)
}

func TestWrongFlags(t *testing.T) {
	folder := t.TempDir()
	for said, arguments := range map[string][]string{
		`--format: "gif" must be dot, svg, png, pdf, mermaid or tree`:                             {"--format", "gif"},
		`--colour: "desk" must be NAME=COLOUR, for example connection=tomato`:                     {"--colour", "desk"},
		`--attribute: "desk:shape" must be NAME:KEY=VALUE, for example connection:shape=cylinder`: {"--attribute", "desk:shape"},
		`--highlight: there is no component "lapm"; did you mean lamp? (there are desk, lamp)`:    {"--highlight", "lapm"},
		"--output-file: a.gif: the extension must be " + extensionList + ", or --format must say what to write": {
			"--output-file", "a.gif"},
		"--format says png, but the extension of --output-file a.svg says svg; leave --format out, or change the extension": {
			"--format", "png", "--output-file", "a.svg"},
		"--output-file: the folder " + folder + "/none does not exist; make it first": {"--output-file", folder + "/none/a.svg"},
		"--output-file: " + folder + " is a folder; name a file in it":                {"--output-file", folder, "--format", "svg"},
	} {
		_, err := run(t, arguments...)
		assert.EqualError(t, err, said)
	}
}

func TestFilesAreWritten(t *testing.T) {
	dotThatDraws(t)
	folder := t.TempDir()
	for name, begins := range map[string]string{"a.dot": "digraph", "a.gv": "digraph", "a.svg": "digraph", "a.PNG": "digraph",
		"a.pdf": "digraph", "a.mmd": "flowchart", "a.txt": "desk"} {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte("what was there before"), 0o600))
		printed, err := run(t, "--output-file", path)
		require.NoError(t, err)
		assert.Equal(t, "System graph rendered to: "+path+"\n", printed)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(content), begins), name)
	}
	left, err := filepath.Glob(filepath.Join(folder, ".*"))
	require.NoError(t, err)
	assert.Empty(t, left, "unfinished files")
}

func TestAnUnknownExtensionNeedsAFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "components.md")
	_, err := run(t, "--output-file", path, "--format", "mermaid")
	require.NoError(t, err)
	assert.FileExists(t, path)
}

// A file that cannot be drawn keeps what it holds.
func TestAFailureLeavesTheFileAlone(t *testing.T) {
	program(t, "dot", "exit 1")
	path := filepath.Join(t.TempDir(), "a.svg")
	require.NoError(t, os.WriteFile(path, []byte("before"), 0o600))
	_, err := run(t, "--output-file", path)
	require.Error(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "before", string(content))
}

func TestLinksAndDevicesAreNotReplaced(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "file.txt"), filepath.Join(folder, "link.txt")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no symbolic links here")
	}
	_, err := run(t, "--output-file", link)
	require.NoError(t, err)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, officeTree, string(content))
	_, err = run(t, "--output-file", os.DevNull, "--format", "tree")
	require.NoError(t, err)
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.False(t, info.Mode().IsRegular())
}

func TestWithoutGraphvizThereIsATree(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	printed, err := run(t, "-V")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(printed, officeTree))
	assert.Contains(t, printed, "install graphviz")
	_, err = run(t, "-V", "--format", "svg")
	assert.ErrorIs(t, err, ErrNoGraphviz)
}

func TestWithoutAViewerThereIsATree(t *testing.T) {
	dotThatDraws(t)
	printed, err := run(t, "-V")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(printed, officeTree))
	assert.Contains(t, printed, "--output-file graph.svg")
}

func TestThePictureIsOpenedInTheViewer(t *testing.T) {
	dotThatDraws(t)
	t.Setenv("TMPDIR", t.TempDir())
	seen := filepath.Join(t.TempDir(), "seen")
	var stdout bytes.Buffer
	request := parse(t, "-V")
	request.viewer = viewer{program: program(t, "viewer", `cp "$1" `+seen), patience: time.Minute}
	require.NoError(t, request.Run(t.Context(), office(), &stdout))
	assert.Regexp(t, `^System graph rendered to: .*/components-.*\.png\n$`, stdout.String())
	assert.FileExists(t, seen)
}

func TestAViewerThatFailsIsTold(t *testing.T) {
	dotThatDraws(t)
	t.Setenv("TMPDIR", t.TempDir())
	var stdout bytes.Buffer
	request := parse(t, "-V")
	request.viewer = viewer{program: program(t, "viewer", "exit 3"), patience: time.Minute}
	assert.ErrorContains(t, request.Run(t.Context(), office(), &stdout), "could not open the file (exit status 3); open it yourself")
}

func TestATerminalGetsNoPicture(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here")
	}
	defer master.Close()
	defer terminal.Close()
	for _, format := range []string{"png", "pdf"} {
		err := parse(t, "--format", format).Run(t.Context(), office(), terminal)
		assert.EqualError(t, err, "--format: a terminal cannot show "+format+"; add --output-file FILE."+format+", or send the output elsewhere")
	}
}
