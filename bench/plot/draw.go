package main

import (
	"fmt"
	"html"
	"math"
	"strings"

	"db-migrate/bench/measure"
)

// Colours on white, which the pictures bring along for pages in dark mode.
const (
	ink, faint, rule = "#1f2328", "#59636e", "#d1d9e0"
	blue, grey, red  = "#0969da", "#9aa4ae", "#bc4c00"
)

// Sizes in pixels.
const (
	width, left, barWidth = 1040, 290, 400
	rowHeight, headHeight = 22, 34
)

// drawing is a picture in SVG that grows downwards.
type drawing struct {
	strings.Builder
	height int
}

func (d *drawing) text(x, y int, size int, colour, anchor, text string) {
	fmt.Fprintf(d, `<text x="%d" y="%d" font-size="%d" fill="%s" text-anchor="%s">%s</text>`+"\n", x, y, size, colour, anchor, html.EscapeString(text))
}

func (d *drawing) bold(x, y int, text string) {
	fmt.Fprintf(d, `<text x="%d" y="%d" font-size="14" font-weight="bold" fill="%s">%s</text>`+"\n", x, y, ink, html.EscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 int, colour string, thick int) {
	fmt.Fprintf(d, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="%d"/>`+"\n", x1, y1, x2, y2, colour, thick)
}

// String is the whole file.
func (d *drawing) String() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="Helvetica, Arial, sans-serif">
<rect width="100%%" height="100%%" fill="#ffffff"/>
%s</svg>
`, width, d.height, width, d.height, d.Builder.String())
}

// speed draws a group of bars for each benchmark that compares customers a second.
func speed(reports []*measure.Report) string {
	from, to := decades(reports)
	picture := &drawing{height: 56}
	for _, report := range reports {
		if report.Fast() {
			picture.group(report, from, to)
		}
	}
	if picture.height == 56 {
		return ""
	}
	return grid(from, to, picture.height).under(picture)
}

// grid are the lines of the decades, which stand behind the bars.
func grid(from, to, height int) *drawing {
	picture := &drawing{height: height + 12}
	picture.bold(16, 28, "Customers a second (median; logarithmic)")
	for decade := from; decade <= to; decade++ {
		x := left + (decade-from)*barWidth/(to-from)
		picture.line(x, 48, x, height, rule, 1)
		picture.text(x, 44, 11, faint, "middle", grouped(int(math.Pow10(decade))))
	}
	return picture
}

// under is the whole file, with the other drawing on top.
func (d *drawing) under(other *drawing) string {
	d.WriteString(other.Builder.String())
	return d.String()
}

// decades are the powers of ten around all that is drawn.
func decades(reports []*measure.Report) (from, to int) {
	least, most := math.Inf(1), 0.0
	for _, report := range reports {
		for _, line := range report.Lines {
			if median := line.PerSecond.Median; report.Fast() && median > 0 {
				least, most = min(least, median), max(most, median)
			}
		}
	}
	if most == 0 {
		return 0, 1
	}
	from = int(math.Floor(math.Log10(least))) - 1
	return max(from, 0), max(int(math.Ceil(math.Log10(most))), from+1, 1)
}

func (d *drawing) group(report *measure.Report, from, to int) {
	d.height += headHeight
	d.bold(16, d.height-10, report.Benchmark)
	d.text(left, d.height-10, 12, faint, "start", report.Title)
	for _, line := range report.Lines {
		d.bar(report, line, from, to)
	}
}

func (d *drawing) bar(report *measure.Report, line measure.ReportLine, from, to int) {
	colour, median := grey, line.PerSecond.Median
	if report.Leads(line.Name) {
		colour = blue
	}
	length := 1
	if median > 0 {
		length = max(1, int(math.Round((math.Log10(median)-float64(from))*barWidth/float64(to-from))))
	}
	d.text(left-8, d.height+15, 12, ink, "end", line.Name)
	fmt.Fprintf(d, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", left, d.height+2, length, rowHeight-5, colour)
	said := grouped(int(math.Round(median)))
	if ratio := report.RatioTo(line.Name); ratio != nil {
		said += fmt.Sprintf("   ratio %.2f", ratio.Median)
		if ratio.Target != "" {
			said += " (target " + ratio.Target + ")"
		}
	}
	d.text(left+length+8, d.height+15, 12, ink, "start", said)
	d.height += rowHeight
}

// memory draws the peaks of worker and starter by number of customers.
func memory(reports []*measure.Report) string {
	for _, report := range reports {
		if report.Benchmark == "memory" && len(report.Lines) > 1 {
			return memoryOf(report.Lines)
		}
	}
	return ""
}

const plotTop, plotBottom, plotWidth = 60, 320, 480

func memoryOf(lines []measure.ReportLine) string {
	picture := &drawing{height: 370}
	picture.bold(16, 28, "Peak of resident memory by number of customers (MB)")
	top := 50.0
	for _, line := range lines {
		top = max(top, math.Ceil(peak(line, "worker")*1.15/50)*50, math.Ceil(peak(line, "starter")*1.15/50)*50)
	}
	for step := range 6 {
		y := plotBottom - step*(plotBottom-plotTop)/5
		picture.line(left, y, left+plotWidth, y, rule, 1)
		picture.text(left-8, y+4, 11, faint, "end", fmt.Sprintf("%.0f", top*float64(step)/5))
	}
	picture.curve(lines, "worker", blue, top)
	picture.curve(lines, "starter", red, top)
	for _, line := range lines {
		picture.text(across(lines, line), plotBottom+20, 11, faint, "middle", grouped(line.Customers))
	}
	picture.text(left+plotWidth/2, plotBottom+40, 12, faint, "middle", "customers (logarithmic)")
	return picture.String()
}

func peak(line measure.ReportLine, of string) float64 { return line.Figures[of+"_peak_mb"].Median }

// across is where the line's number of customers stands.
func across(lines []measure.ReportLine, line measure.ReportLine) int {
	least, most := math.Log10(float64(lines[0].Customers)), math.Log10(float64(lines[len(lines)-1].Customers))
	return left + int(math.Round((math.Log10(float64(line.Customers))-least)/max(most-least, 0.1)*plotWidth))
}

func (d *drawing) curve(lines []measure.ReportLine, of, colour string, top float64) {
	var beforeX, beforeY int
	for i, line := range lines {
		x, y := across(lines, line), plotBottom-int(math.Round(peak(line, of)/top*(plotBottom-plotTop)))
		if i > 0 {
			d.line(beforeX, beforeY, x, y, colour, 2)
		}
		fmt.Fprintf(d, `<circle cx="%d" cy="%d" r="4" fill="%s"/>`+"\n", x, y, colour)
		d.text(x, y-9, 11, colour, "middle", fmt.Sprintf("%.0f", peak(line, of)))
		beforeX, beforeY = x, y
	}
	d.text(beforeX+24, beforeY+4, 12, colour, "start", of)
}
