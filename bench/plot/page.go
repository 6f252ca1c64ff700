package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"db-migrate/bench/measure"
)

// fill puts what the reports say between the page's markers.
func fill(page string, reports []*measure.Report) (string, error) {
	var err error
	for _, part := range []struct{ name, text string }{
		{"results", results(reports)}, {"figures", figures(reports)}, {"estimate", estimate(reports)},
		{"pictures", links(reports)}, {"machines", machines(reports)},
	} {
		if page, err = between(page, part.name, part.text); err != nil {
			return "", err
		}
	}
	return page, nil
}

func between(page, name, text string) (string, error) {
	begin, end := "<!-- "+name+" -->", "<!-- /"+name+" -->"
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("the markers %s and %s must both be there, in this order", begin, end)
	}
	return before + begin + "\n" + text + end + after, nil
}

const notMeasured = "Not measured yet: `make bench`.\n"

// table is one in Markdown; without rows it says so.
func table(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return notMeasured
	}
	var text strings.Builder
	for _, row := range append([][]string{head, slices.Repeat([]string{"---"}, len(head))}, rows...) {
		fmt.Fprintf(&text, "| %s |\n", strings.Join(row, " | "))
	}
	return text.String()
}

// results are the contestants' customers a second.
func results(reports []*measure.Report) string {
	var rows [][]string
	for _, report := range reports {
		if !report.Fast() {
			continue
		}
		for _, line := range report.Lines {
			row := []string{report.Benchmark, named(line), grouped(line.Customers), line.PerSecond.String(), "", ""}
			if report.Leads(line.Name) {
				row[1] = "**" + row[1] + "**"
			}
			if ratio := report.RatioTo(line.Name); ratio != nil {
				row[4], row[5] = ratio.String(), ratio.Target
			}
			rows = append(rows, row)
		}
	}
	return table([]string{"benchmark", "contestant", "customers", "customers/s", "bold ÷ this one", "target"}, rows)
}

func named(line measure.ReportLine) string {
	if line.Setting == "" {
		return line.Name
	}
	return line.Name + " (" + line.Setting + ")"
}

// figures are those beside customers a second.
func figures(reports []*measure.Report) string {
	var rows [][]string
	for _, report := range reports {
		for _, line := range report.Lines {
			for _, figure := range slices.Sorted(maps.Keys(line.Figures)) {
				if !report.Fast() || slices.Contains(processorTimes(), figure) {
					rows = append(rows, figureRow(report, line, figure))
				}
			}
		}
	}
	return table([]string{"benchmark", "contestant", "figure", "median (min–max)", "ratio", "target of the ratio"}, rows)
}

// processorTimes are the figures that are told of benchmarks of speed, too: what is
// spent beside the database.
func processorTimes() []string { return []string{"temporal_cpu_seconds", "worker_cpu_seconds"} }

// figureRow has the figure, and the ratio that is made of it.
func figureRow(report *measure.Report, line measure.ReportLine, figure string) []string {
	row := []string{report.Benchmark, line.Name, strings.ReplaceAll(figure, "_", " "), line.Figures[figure].String(), "", ""}
	var said, targets []string
	for _, ratio := range report.Ratios {
		if ratio.Figure == figure && ratio.Of == line.Name {
			said = append(said, ratio.String()+" ÷ "+ratio.To)
			targets = append(targets, ratio.Target)
		}
	}
	row[4], row[5] = strings.Join(said, "; "), strings.Join(targets, "; ")
	return row
}

// machines are where the reports come from, each once.
func machines(reports []*measure.Report) string {
	on := map[string][]string{}
	for _, report := range reports {
		key := "an unknown machine"
		if machine := report.Machine; machine != nil {
			key = fmt.Sprintf("%d cores (%s), %d MB, %s", machine.Cores, machine.CPU, machine.MemoryMB, machine.System)
		}
		on[key] = append(on[key], fmt.Sprintf("%s (%s, rounds: %d)", report.Benchmark, strings.Fields(report.Date + " –")[0], report.Rounds))
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(on)) {
		fmt.Fprintf(&text, "- %s: %s\n", key, strings.Join(on[key], ", "))
	}
	return text.String()
}

// links are the pictures there are.
func links(reports []*measure.Report) string {
	titles := map[string]string{"memory.svg": "memory by number of customers", "speed.svg": "customers a second of all contestants"}
	var text strings.Builder
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(drawings(reports)))) {
		fmt.Fprintf(&text, "![%s](pictures/%s)\n\n", titles[name], name)
	}
	return text.String()
}
