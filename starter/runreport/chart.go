package runreport

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Sizes of a chart in its own units: the page scales it.
const (
	chartWidth, chartHeight = 900, 180
	marginLeft, marginUnder = 70, 22
	// slots are how many spans of time a chart has.
	slots = 150
)

// chart draws values over the time of a run, as steps, from 0 to the greatest. The small
// part of SVG that this takes needs no library in the starter.
type chart struct {
	from, to time.Time
	values   []float64
	// most is what the chart's height stands for; 0: the greatest value.
	most float64
}

func newChart(run Run) chart {
	return chart{from: run.Started, to: run.Ended, values: make([]float64, slots)}
}

func (c chart) slot() time.Duration { return max(time.Millisecond, c.to.Sub(c.from)/slots) }

// at is the slot of a moment.
func (c chart) at(moment time.Time) int {
	return min(slots-1, max(0, int(moment.Sub(c.from)/c.slot())))
}

// spread adds an amount evenly between two moments.
func (c chart) spread(from, to time.Time, amount float64) {
	first, last := c.at(from), c.at(to)
	for i := first; i <= last; i++ {
		c.values[i] += amount / float64(last-first+1)
	}
}

// rates is how many rows were done in a second. A batch's rows count for the time that it
// took.
func rates(run Run) chart {
	drawn := newChart(run)
	for _, batch := range run.Batches {
		drawn.spread(batch.Ended.Add(-batch.Elapsed), batch.Ended, float64(batch.Rows))
	}
	for i := range drawn.values {
		drawn.values[i] /= drawn.slot().Seconds()
	}
	return drawn
}

// shares is how much of the database the work had, in percent; false: the guard was off.
func shares(run Run) (chart, bool) {
	drawn, last, known := newChart(run), 0, false
	drawn.most = 100
	for _, batch := range run.Batches {
		if batch.Share < 0 {
			continue
		}
		known = true
		for i := last; i <= drawn.at(batch.Ended); i++ {
			drawn.values[i] = 100 * batch.Share
		}
		last = drawn.at(batch.Ended)
	}
	for i := last; i < slots; i++ {
		drawn.values[i] = drawn.values[last]
	}
	return drawn, known
}

// SVG is the drawing.
func (c chart) SVG() template.HTML {
	most := c.most
	for _, value := range c.values {
		most = max(most, value)
	}
	most = max(most, 1)
	var path strings.Builder
	fmt.Fprintf(&path, "M%d %d", marginLeft, chartHeight)
	for i, value := range c.values {
		y := chartHeight - math.Round(chartHeight*value/most)
		fmt.Fprintf(&path, "V%.0fH%.1f", y, marginLeft+float64(i+1)*chartWidth/slots)
	}
	fmt.Fprintf(&path, "V%dZ", chartHeight)
	var drawn strings.Builder
	fmt.Fprintf(&drawn, `<svg viewBox="0 0 %d %d" role="img">`, marginLeft+chartWidth+10, chartHeight+marginUnder)
	for _, part := range []float64{0, 0.5, 1} {
		y := chartHeight - part*chartHeight
		fmt.Fprintf(&drawn, `<line x1="%d" x2="%d" y1="%.0f" y2="%.0f"/><text x="%d" y="%.0f" text-anchor="end">%s</text>`,
			marginLeft, marginLeft+chartWidth, y, y, marginLeft-6, max(11, y+4), amount(part*most))
	}
	for _, part := range []float64{0, 0.5, 1} {
		at := c.from.Add(time.Duration(part * float64(c.to.Sub(c.from))))
		fmt.Fprintf(&drawn, `<text x="%.0f" y="%d" text-anchor="%s">%s</text>`, marginLeft+part*chartWidth, chartHeight+marginUnder-6,
			[]string{"start", "middle", "end"}[int(2*part)], at.Local().Format(time.TimeOnly))
	}
	fmt.Fprintf(&drawn, `<path d="%s"/></svg>`, path.String())
	return template.HTML(drawn.String()) //nolint:gosec // made of numbers alone
}

func amount(number float64) string { return humanize.Comma(int64(math.Round(number))) }
