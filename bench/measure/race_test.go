package measure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fixed is a setting that takes so long and migrates so many.
func fixed(name string, seconds float64, migrated int64, order *[]string) Setting {
	return Setting{Name: name, Run: func(context.Context, int) (Result, error) {
		*order = append(*order, name)
		return Result{Migrated: migrated, Seconds: seconds, Figures: map[string]float64{"bytes": 10 * seconds}}, nil
	}}
}

func counted(number int64) func(context.Context) (int64, error) {
	return func(context.Context) (int64, error) { return number, nil }
}

func TestContestantsAlternateWithTheirBestSetting(t *testing.T) {
	var order []string
	race := &Race{Name: "race", Title: "a race", Rows: 100, Needed: counted(90), Ledgered: counted(90),
		Contestants: []Contestant{
			{Name: "ours", Settings: []Setting{fixed("slow", 4, 90, &order), fixed("fast", 2, 90, &order)}},
			{Name: "loop", Settings: []Setting{fixed("only", 1, 90, &order)}},
		},
		Ratios: []Pair{{Of: "ours", To: "loop", Target: "≥ 0.9"}, {Of: "ours", To: "loop", Figure: "bytes"}},
	}
	report, err := race.Run(t.Context(), 3, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"slow", "fast", "slow", "fast", "fast", "only", "only", "fast", "fast", "only"}, order)
	require.Equal(t, "fast", report.Lines[0].Setting)
	require.Equal(t, map[string]float64{"slow": 25, "fast": 50}, report.Lines[0].Sweep)
	require.Equal(t, Spread{50, 50, 50, []float64{50, 50, 50}}, report.Lines[0].PerSecond)
	require.Equal(t, 0.5, report.Ratios[0].Median)
	require.Equal(t, 2.0, report.Ratios[1].Median)
}

func TestARunThatMigratesOthersFails(t *testing.T) {
	var order []string
	run := func(race *Race, migrated ...int64) error {
		race.Rows = 100
		for _, number := range migrated {
			race.Contestants = append(race.Contestants, Contestant{Name: "loop", Settings: []Setting{fixed("", 1, number, &order)}})
		}
		_, err := race.Run(t.Context(), 1, io.Discard)
		return err
	}
	require.NoError(t, run(&Race{Needed: counted(90)}, 90))
	require.ErrorContains(t, run(&Race{Needed: counted(90)}, 89), "it migrated 89 customers; 90 needed it")
	require.ErrorContains(t, run(&Race{Ledgered: counted(80)}, 90), "it entered 80 customers into the ledger, and migrated 90")
	require.NoError(t, run(&Race{SameCount: true}, 90, 90))
	require.ErrorContains(t, run(&Race{SameCount: true}, 90, 91), "it migrated 91 customers; 90 needed it")
	broken := func(context.Context, int) error { return errors.New("disk full") }
	require.ErrorContains(t, run(&Race{Restore: broken}, 90), "restoring the table: disk full")
}

func TestSpread(t *testing.T) {
	require.Equal(t, Spread{}, SpreadOf(nil))
	require.Equal(t, Spread{2, 1, 9, []float64{9, 1, 2}}, SpreadOf([]float64{9, 1, 2}))
	require.Equal(t, 3.0, SpreadOf([]float64{1, 9, 4, 2}).Median)
	require.Equal(t, []float64{0.5, 2}, ratios([]float64{1, 4, 7}, []float64{2, 2, 0}))
}

func TestAReportIsPrintedAndSaved(t *testing.T) {
	report := &Report{Benchmark: "sets", Title: "in sets", Rounds: 3, Machine: ThisMachine(),
		Lines:  []ReportLine{{Name: "ours", Setting: "4 processes", Customers: 100, Seconds: SpreadOf([]float64{1, 2, 4}), PerSecond: SpreadOf([]float64{100, 50, 25}), Figures: map[string]Spread{"ledger_bytes": SpreadOf([]float64{75})}}},
		Ratios: []Ratio{{Of: "ours", To: "loop", Figure: perSecond, Target: "≥ 0.85", Spread: SpreadOf([]float64{0.9, 0.8, 0.85})}}}
	var printed bytes.Buffer
	report.Print(&printed)
	for _, line := range []string{"### sets: in sets", "| ours | 4 processes | 100 | 2 (1–4) | 50 (25–100) |", "| ledger bytes | 75 |",
		"| ours ÷ loop | customers per second | 0.85 (0.80–0.90) | ≥ 0.85 |"} {
		require.Contains(t, strings.Split(printed.String(), "\n"), line)
	}
	folder := filepath.Join(t.TempDir(), "benchmarks")
	require.NoError(t, report.Save(folder))
	content, err := os.ReadFile(filepath.Join(folder, "sets.json"))
	require.NoError(t, err)
	var read Report
	require.NoError(t, json.Unmarshal(content, &read))
	require.Equal(t, report, &read)
	require.Positive(t, read.Machine.Cores)
	require.NotEmpty(t, read.Machine.Versions["go"])
}
