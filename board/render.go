package board

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rivo/uniseg"
)

// Screen is what a frame must fit into.
type Screen struct {
	Width, Height int
	// Plain leaves colours and other attributes out, as NO_COLOR asks for.
	Plain bool
}

// Render draws the jobs: completed ones first, pinned ones last. A line is
// bright until dimAfter has passed since its last change, and then dim; one that
// has a colour or is completed only ceases to be bright, to stay legible. Where the
// screen has too few rows, lines of one kind that say the same share one; what is still
// too many is cut to those that changed last, and the others are counted. A row is left for the shell's prompt.
func Render(lines []Line, now time.Time, dimAfter time.Duration, screen Screen) []string {
	height := max(1, screen.Height-1)
	drawn := share(slices.DeleteFunc(slices.Clone(lines), Line.empty), height)
	align(drawn, screen.Width/3)
	shown, hidden := fit(order(drawn), height)
	frame := make([]string, 0, len(shown)+1)
	for _, line := range shown {
		frame = append(frame, draw(line, now, dimAfter, screen))
	}
	if hidden > 0 {
		more := cut(fmt.Sprintf("… %s more", Thousands(int64(hidden))), screen.Width)
		frame = slices.Insert(frame, firstPinned(shown), more)
	}
	return frame[max(0, len(frame)-height):]
}

// share puts lines of one kind that say the same into one, if there is no room for all.
func share(lines []Line, height int) []Line {
	if len(lines) <= height {
		return lines
	}
	type said struct {
		kind, text string
		status     Status
		completed  bool
	}
	numbers, first := map[said]int{}, map[said]int{}
	var shared []Line
	for _, line := range lines {
		same := said{line.Kind, line.Text, line.Status, line.Completed}
		if numbers[same]++; line.Kind == "" || numbers[same] == 1 {
			first[same] = len(shared)
			shared = append(shared, line)
			continue
		}
		of := &shared[first[same]]
		of.Prefix = fmt.Sprintf("%d %s: ", numbers[same], line.Kind)
		if line.UpdatedAt.After(of.UpdatedAt) {
			of.UpdatedAt = line.UpdatedAt
		}
	}
	return shared
}

// align makes a column of the prefixes, as wide as the widest, up to a limit.
func align(lines []Line, limit int) {
	column := 0
	for i := range lines {
		lines[i].Prefix = Clean(lines[i].Prefix)
		if width := uniseg.StringWidth(lines[i].Prefix); width <= limit {
			column = max(column, width)
		}
	}
	for i, line := range lines {
		if line.Prefix != "" {
			lines[i].Prefix += strings.Repeat(" ", max(0, column-uniseg.StringWidth(line.Prefix)))
		}
	}
}

// firstPinned is the place of the first pinned line, or the end.
func firstPinned(lines []Line) int {
	for i, line := range lines {
		if line.Pinned {
			return i
		}
	}
	return len(lines)
}

// empty lines take no place.
func (l Line) empty() bool { return l.Prefix == "" && l.Text == "" && l.Target == 0 }

// order is the order on the screen: completed as they completed, then active and
// pinned ones as they were added.
func order(lines []Line) []Line {
	ordered := slices.Clone(lines)
	rank := func(line Line) int {
		switch {
		case line.Pinned:
			return 2
		case line.Completed:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(ordered, func(a, b Line) int {
		if difference := rank(a) - rank(b); difference != 0 {
			return difference
		}
		return a.CompletedAt - b.CompletedAt
	})
	return ordered
}

// fit keeps the pinned lines and the busiest others, in their order, and counts
// those that have no room; a line is left for that count.
func fit(lines []Line, height int) (shown []Line, hidden int) {
	if len(lines) <= height {
		return lines, 0
	}
	room := height - 1
	for _, line := range lines {
		if line.Pinned {
			room--
		}
	}
	keep := busiest(lines, max(0, room))
	for i, line := range lines {
		if line.Pinned || keep[i] {
			shown = append(shown, line)
		} else {
			hidden++
		}
	}
	return shown, hidden
}

func busiest(lines []Line, room int) map[int]bool {
	var candidates []int
	for i, line := range lines {
		if !line.Pinned {
			candidates = append(candidates, i)
		}
	}
	slices.SortStableFunc(candidates, func(a, b int) int {
		if lines[a].Completed != lines[b].Completed {
			if lines[a].Completed {
				return 1
			}
			return -1
		}
		return lines[b].UpdatedAt.Compare(lines[a].UpdatedAt)
	})
	keep := map[int]bool{}
	for _, i := range candidates[:min(room, len(candidates))] {
		keep[i] = true
	}
	return keep
}

func draw(line Line, now time.Time, dimAfter time.Duration, screen Screen) string {
	text := line.Prefix + line.Text
	if line.Target > 0 {
		text = line.Prefix + barWith(line.Current, line.Target, line.Text, screen.Width-uniseg.StringWidth(line.Prefix))
	}
	text = cut(Clean(text), screen.Width)
	if screen.Plain {
		return text
	}
	return style(line, now.Sub(line.UpdatedAt) < dimAfter) + text + reset
}

// Attributes of text in a terminal (ECMA-48, SGR).
const (
	reset  = "\x1b[0m"
	bright = "1"
	dim    = "2"
	italic = "3"
	green  = "32"
	yellow = "33"
	red    = "31"
)

func style(line Line, fresh bool) string {
	var codes []string
	if fresh {
		codes = append(codes, bright)
	} else if line.Status == Normal && !line.Completed {
		codes = append(codes, dim)
	}
	if line.Completed {
		codes = append(codes, italic)
	}
	switch line.Status {
	case Success:
		codes = append(codes, green)
	case Warning:
		codes = append(codes, yellow)
	case Error:
		codes = append(codes, red)
	}
	if len(codes) == 0 {
		return ""
	}
	return "\x1b[" + strings.Join(codes, ";") + "m"
}
