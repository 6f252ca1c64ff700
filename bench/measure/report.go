package measure

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Report is what a benchmark came to, as it is kept in docs/benchmarks.
type Report struct {
	Benchmark string       `json:"benchmark"`
	Title     string       `json:"title"`
	Date      string       `json:"date"`
	Machine   *Machine     `json:"machine,omitempty"`
	Rounds    int          `json:"rounds"`
	Lines     []ReportLine `json:"contestants"`
	Ratios    []Ratio      `json:"ratios,omitempty"`
}

// ReportLine is one contestant.
type ReportLine struct {
	Name string `json:"name"`
	// Setting is the one that ran, Sweep the customers a second of all that were
	// tried before.
	Setting   string             `json:"setting,omitempty"`
	Sweep     map[string]float64 `json:"sweep,omitempty"`
	Customers int                `json:"customers"`
	Migrated  int64              `json:"migrated"`
	Seconds   Spread             `json:"seconds"`
	PerSecond Spread             `json:"customers_per_second"`
	Figures   map[string]Spread  `json:"figures,omitempty"`
}

// Ratio is that of two contestants, round by round.
type Ratio struct {
	Of     string `json:"of"`
	To     string `json:"to"`
	Figure string `json:"figure"`
	Target string `json:"target,omitempty"`
	Spread
}

const perSecond = "customers_per_second"

func (r *Race) report(lines []*line, rounds int) *Report {
	report := &Report{Benchmark: r.Name, Title: r.Title, Date: time.Now().UTC().Format(time.DateTime), Rounds: rounds}
	byName := map[string]*line{}
	for _, line := range lines {
		byName[line.contestant.Name] = line
		report.Lines = append(report.Lines, line.report())
	}
	for _, pair := range r.Ratios {
		of, to := byName[pair.Of], byName[pair.To]
		if of == nil || to == nil {
			continue
		}
		figure := pair.Figure
		if figure == "" {
			figure = perSecond
		}
		report.Ratios = append(report.Ratios, Ratio{Of: pair.Of, To: pair.To, Figure: figure, Target: pair.Target,
			Spread: SpreadOf(ratios(of.values(figure), to.values(figure)))})
	}
	return report
}

func (l *line) report() ReportLine {
	made := ReportLine{Name: l.contestant.Name, Setting: l.setting.Name, Sweep: l.sweep, Customers: l.rows,
		Seconds: SpreadOf(l.values("seconds")), PerSecond: SpreadOf(l.values(perSecond)), Figures: map[string]Spread{}}
	for _, result := range l.results {
		made.Migrated = result.Migrated
		for name := range result.Figures {
			made.Figures[name] = SpreadOf(l.values(name))
		}
	}
	return made
}

// values are a figure's, round by round.
func (l *line) values(figure string) []float64 {
	var values []float64
	for _, result := range l.results {
		switch figure {
		case "seconds":
			values = append(values, result.Seconds)
		case perSecond:
			values = append(values, float64(l.rows)/result.Seconds)
		default:
			if value, found := result.Figures[figure]; found {
				values = append(values, value)
			}
		}
	}
	return values
}

// Print writes the report as Markdown.
func (r *Report) Print(output io.Writer) {
	fmt.Fprintf(output, "\n### %s: %s\n\n| | setting | customers | seconds | customers/s |\n| --- | --- | --- | --- | --- |\n", r.Benchmark, r.Title)
	for _, line := range r.Lines {
		fmt.Fprintf(output, "| %s | %s | %d | %s | %s |\n", line.Name, line.Setting, line.Customers, line.Seconds.String(), line.PerSecond.String())
	}
	r.printFigures(output)
	if len(r.Ratios) > 0 {
		fmt.Fprint(output, "\n| ratio | of | median (min–max) | target |\n| --- | --- | --- | --- |\n")
	}
	for _, ratio := range r.Ratios {
		fmt.Fprintf(output, "| %s ÷ %s | %s | %s | %s |\n", ratio.Of, ratio.To, words(ratio.Figure), ratio.String(), ratio.Target)
	}
	fmt.Fprintf(output, "\n%s; %s\n\n", rounds(r.Rounds), r.Machine)
}

func rounds(number int) string {
	if number == 1 {
		return "1 round"
	}
	return fmt.Sprintf("%d rounds", number)
}

// printFigures writes a table of all figures that a contestant has.
func (r *Report) printFigures(output io.Writer) {
	names := map[string]bool{}
	for _, line := range r.Lines {
		for name := range line.Figures {
			names[name] = true
		}
	}
	if len(names) == 0 {
		return
	}
	sorted := slices.Sorted(maps.Keys(names))
	fmt.Fprintf(output, "\n| figure |")
	for _, line := range r.Lines {
		fmt.Fprintf(output, " %s |", line.Name)
	}
	fmt.Fprintf(output, "\n| --- |%s\n", strings.Repeat(" --- |", len(r.Lines)))
	for _, name := range sorted {
		fmt.Fprintf(output, "| %s |", words(name))
		for _, line := range r.Lines {
			fmt.Fprintf(output, " %s |", line.Figures[name].String())
		}
		fmt.Fprintln(output)
	}
}

func words(figure string) string { return strings.ReplaceAll(figure, "_", " ") }

// String is the median, and in parentheses the extremes if there are several.
func (s Spread) String() string {
	switch len(s.Values) {
	case 0:
		return "–"
	case 1:
		return number(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.Median), number(s.Min), number(s.Max))
}

// number shows three digits at least, and no more than make sense.
func number(value float64) string {
	switch {
	case value >= 100 || value == float64(int64(value)):
		return fmt.Sprintf("%.0f", value)
	case value >= 0.1:
		return fmt.Sprintf("%.2f", value)
	}
	return fmt.Sprintf("%.6f", value)
}

// Save writes the report into the folder, as JSON.
func (r *Report) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, r.Benchmark+".json"), append(text, '\n'), 0o644)
}
