package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/bench/measure"
)

var update = flag.Bool("update", false, "write the golden files")

const empty = "# Page\n<!-- results -->\n<!-- /results -->\n<!-- figures -->\nold\n<!-- /figures -->\n" +
	"<!-- estimate -->\n<!-- /estimate -->\n<!-- pictures -->\n<!-- /pictures -->\n<!-- machines -->\n<!-- /machines -->\nend\n"

func TestPageAndPicturesOfReports(t *testing.T) {
	folder := t.TempDir()
	page := filepath.Join(folder, "page.md")
	require.NoError(t, os.WriteFile(page, []byte(empty), 0o644))
	arguments := []string{"--results", "testdata/results", "--pictures", folder, "--page", page}
	require.NoError(t, run(arguments, os.Stderr))
	require.NoError(t, run(arguments, os.Stderr), "a second time changes nothing")
	for _, name := range []string{"page.md", "speed.svg", "memory.svg"} {
		made, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		golden := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(golden, made, 0o644))
		}
		wanted, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(wanted), string(made), "%s: -update writes it anew", name)
	}
}

func TestMissingReportsLeaveTheirPicturesOut(t *testing.T) {
	require.Empty(t, drawings(nil))
	filled, err := fill(empty, nil)
	require.NoError(t, err)
	require.Contains(t, filled, notMeasured)
	require.NotContains(t, filled, "old")
}

func TestBadInputIsNamed(t *testing.T) {
	_, err := fill("no markers", nil)
	require.ErrorContains(t, err, "<!-- results -->")
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "broken.json"), []byte("{"), 0o644))
	require.ErrorContains(t, run([]string{"--results", folder}, os.Stderr), "broken.json")
}

// TestCommittedPageSaysWhatWasMeasured: make bench-plot mends it.
func TestCommittedPageSaysWhatWasMeasured(t *testing.T) {
	const docs = "../../docs"
	reports, err := measure.Load(filepath.Join(docs, "benchmarks"))
	require.NoError(t, err)
	require.NotEmpty(t, reports)
	page, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	require.NoError(t, err)
	filled, err := fill(string(page), reports)
	require.NoError(t, err)
	require.Equal(t, filled, string(page), "make bench-plot")
	for name, picture := range drawings(reports) {
		committed, err := os.ReadFile(filepath.Join(docs, "pictures", name))
		require.NoError(t, err, "make bench-plot")
		require.Equal(t, picture, string(committed), "%s: make bench-plot", name)
	}
}
