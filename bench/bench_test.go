package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/bench/loops"
)

// TestEveryBenchmarkRuns runs each with a few customers on the real servers. That
// all contestants migrate the same customers, and enter them into their ledgers,
// is held up by the benchmarks themselves.
func TestEveryBenchmarkRuns(t *testing.T) {
	build := exec.Command("go", "build", "-o", "bin/", "./worker", "./starter", "./examples/customers")
	build.Dir = ".."
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	require.FileExists(t, "../bin/devserver", "run make build first")
	few := map[string]int{"simulated": 60, "scale-out": 120, "starter": 60, "no-work": 30, "set-peers": 2000, "memory": 300}
	for _, benchmark := range benchmarks() {
		t.Run(benchmark.name, func(t *testing.T) {
			if benchmark.server != "" && os.Getenv(benchmark.server) == "" {
				t.Skipf("%s is not set: make services", benchmark.server)
			}
			t.Parallel()
			rows := few[benchmark.name]
			if rows == 0 {
				rows = 300
			}
			runOnce(t, benchmark, rows)
		})
	}
}

func runOnce(t *testing.T, benchmark benchmark, rows int) {
	progress := &strings.Builder{}
	asked := options{rows: rows, rounds: 1, noSweep: true, binaries: "../bin", config: "config", folder: t.TempDir()}
	report, err := benchmark.measure(t.Context(), asked, progress)
	require.NoError(t, err, progress.String())
	require.NotEmpty(t, report.Lines)
	for _, line := range report.Lines {
		if line.Name == "the site alone" {
			require.Positive(t, line.Figures["site_statements"].Median, line.Name)
		} else if benchmark.name != "starter" { // a board tells no numbers
			require.Positive(t, line.Migrated, line.Name)
		}
		require.Positive(t, line.Seconds.Median, line.Name)
	}
	for _, ratio := range report.Ratios {
		require.Positive(t, ratio.Median, "%s ÷ %s", ratio.Of, ratio.To)
	}
	require.NotEmpty(t, report.Machine.Versions["temporal"])
	left, err := filepath.Glob(filepath.Join(asked.folder, "*"))
	require.NoError(t, err)
	require.Empty(t, left, "the stage is cleared away")
}

// TestTheFilesSayWhatTheLoopsDo: the migrations in YAML and the loops in SQL are
// the same.
func TestTheFilesSayWhatTheLoopsDo(t *testing.T) {
	for _, name := range []string{"one", "set"} {
		content, err := os.ReadFile("config/migrations/bench-contact-" + name + ".yaml")
		require.NoError(t, err)
		for _, part := range []string{loops.Assignments, loops.Needed} {
			require.Contains(t, unspaced(string(content)), unspaced(part))
		}
	}
}

func unspaced(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestWrongUsage(t *testing.T) {
	for _, test := range []struct{ arguments, problem string }{
		{"--only sqlites", `there is no benchmark "sqlites"; there are simulated, postgres-transaction`},
		{"--rows -1", "--rows and --rounds must be positive numbers"},
		{"sqlite", `unexpected argument "sqlite"`},
	} {
		var output strings.Builder
		err := run(t.Context(), strings.Fields(test.arguments), &output, &output)
		require.ErrorContains(t, err, test.problem)
	}
}
