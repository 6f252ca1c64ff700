package graph_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/graph"
)

func needGraphviz(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("dot"); err != nil {
		t.Skip("Graphviz is not installed")
	}
}

func TestPictures(t *testing.T) {
	needGraphviz(t)
	for format, begins := range map[graph.Format]string{graph.SVG: "<?xml", graph.PNG: "\x89PNG", graph.PDF: "%PDF"} {
		var warnings bytes.Buffer
		content, err := graph.Renderer{Timeout: time.Minute, Warnings: &warnings}.Render(t.Context(), broken(), format, graph.Options{})
		require.NoError(t, err, format)
		assert.True(t, bytes.HasPrefix(content, []byte(begins)), format)
	}
}

// Whatever stands in names and attributes, Graphviz must be able to read it.
func TestGraphvizReadsEveryName(t *testing.T) {
	needGraphviz(t)
	for _, name := range []string{`a "quoted" name`, `back\slash\`, "<b>&amp;", "graph", "zwölf Boxkämpfer", "two\nlines", "{|}", "node;"} {
		drawn := graph.New(graph.Component{Name: name, Value: &clock{}, Detail: name})
		options := graph.Options{Attributes: map[string]map[string]string{name: {"tooltip": name}}}
		_, err := graph.Renderer{Timeout: time.Minute}.Render(t.Context(), drawn, graph.SVG, options)
		assert.NoError(t, err, name)
	}
}

func TestWithoutGraphviz(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := graph.Renderer{}.Render(t.Context(), broken(), graph.SVG, graph.Options{})
	require.ErrorIs(t, err, graph.ErrNoGraphviz)
	assert.ErrorContains(t, err, "Graphviz's dot is not on PATH: install graphviz, or use --format mermaid|tree|dot")
	for _, format := range []graph.Format{graph.DOT, graph.Mermaid, graph.Tree} {
		_, err := graph.Renderer{}.Render(t.Context(), broken(), format, graph.Options{})
		assert.NoError(t, err, format)
	}
}

// fakeDot puts a shell script in the place of Graphviz.
func fakeDot(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "dot"), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestGraphvizIsHeardWhenItFails(t *testing.T) {
	fakeDot(t, `echo 'Format: "png" not recognized.' >&2; exit 3`)
	_, err := graph.Renderer{}.Render(t.Context(), broken(), graph.PNG, graph.Options{})
	assert.EqualError(t, err, `dot could not draw the graph (exit status 3): Format: "png" not recognized.`)
}

func TestGraphvizWarns(t *testing.T) {
	fakeDot(t, `cat >/dev/null; echo 'blurple is not a known color' >&2; echo drawn`)
	var warnings strings.Builder
	content, err := graph.Renderer{Warnings: &warnings}.Render(t.Context(), broken(), graph.PNG, graph.Options{})
	require.NoError(t, err)
	assert.Equal(t, "drawn\n", string(content))
	assert.Equal(t, "blurple is not a known color\n", warnings.String())
}

func TestRenderIsCancelled(t *testing.T) {
	fakeDot(t, "sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := graph.Renderer{}.Render(ctx, broken(), graph.PNG, graph.Options{})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestUnknownFormat(t *testing.T) {
	_, err := graph.Renderer{}.Render(t.Context(), broken(), "gif", graph.Options{})
	assert.EqualError(t, err, `there is no format "gif"; there are dot, svg, png, pdf, mermaid and tree`)
}

func TestOptionsAreChecked(t *testing.T) {
	const there = " (there are car, radio, engine, tank, car.Engine, driver, engine.Fuel)"
	for said, options := range map[string]graph.Options{
		`highlight: there is no component "engin"; did you mean engine?` + there: {Highlight: []string{"tank", "engin"}},
		`colour: there is no component "locomotive"` + there:                     {Colour: map[string]string{"locomotive": "red"}},
		`colour: tank="url(x)" must be a colour such as tomato or #ffcc00`:       {Colour: map[string]string{"tank": "url(x)"}},
		`attribute: there is no component "Tank"; did you mean tank?` + there:    {Attributes: map[string]map[string]string{"Tank": {"shape": "box"}}},
		`attribute: tank: "a b" must be the name of a Graphviz attribute, such as shape or penwidth`: {
			Attributes: map[string]map[string]string{"tank": {"a b": "box"}}},
	} {
		for _, format := range graph.Formats() {
			_, err := graph.Renderer{}.Render(t.Context(), broken(), format, options)
			assert.EqualError(t, err, said, format)
		}
	}
}

func readAll(t *testing.T, reader io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(content)
}
