package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"db-migrate/bench/measure"
)

// estimated is for how many customers the page estimates.
const estimated = 1_000_000_000

// estimate multiplies what was measured for each customer.
func estimate(reports []*measure.Report) string {
	var rows [][]string
	for _, report := range reports {
		for _, line := range report.Lines {
			for _, figure := range slices.Sorted(maps.Keys(line.Figures)) {
				if strings.HasSuffix(figure, "_per_customer") {
					each := line.Figures[figure].Median
					rows = append(rows, []string{report.Benchmark, line.Name, strings.ReplaceAll(figure, "_", " "),
						line.Figures[figure].String(), inAll(figure, each*estimated)})
				}
			}
			if report.Fast() && report.Leads(line.Name) {
				rows = append(rows, []string{report.Benchmark, named(line), "customers/s", line.PerSecond.String(), lasting(line.PerSecond.Median)})
			}
		}
	}
	return table([]string{"benchmark", "contestant", "measured", "median (min–max)", "1,000,000,000 customers"}, rows)
}

// lasting is how long so many customers a second take for all of them.
func lasting(perSecond float64) string {
	if perSecond == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f hours", estimated/perSecond/3600)
}

func inAll(figure string, value float64) string {
	if strings.Contains(figure, "bytes") {
		return fmt.Sprintf("%.2f GB", value/1e9)
	}
	return grouped(int(value))
}

// grouped is a number with commas between thousands.
func grouped(number int) string {
	digits := fmt.Sprint(number)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
