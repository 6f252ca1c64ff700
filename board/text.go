package board

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
	"github.com/rivo/uniseg"
)

// cut cuts a text to a width in terminal cells, between characters.
func cut(text string, width int) string {
	if width <= 0 || uniseg.StringWidth(text) <= width {
		return text
	}
	var kept strings.Builder
	used, state, rest := 0, -1, text
	for rest != "" {
		var cluster string
		var cells int
		cluster, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+cells > width-1 {
			break
		}
		kept.WriteString(cluster)
		used += cells
	}
	return kept.String() + "…"
}

// Clean keeps a job's text on one line, and from steering the terminal.
func Clean(text string) string {
	return strings.Map(func(char rune) rune {
		switch {
		case char == '\n' || char == '\t' || char == '\r':
			return ' '
		case unicode.IsControl(char), unicode.Is(unicode.Bidi_Control, char), char == '\u2028', char == '\u2029':
			return '·'
		}
		return char
	}, text)
}

// barCells is the width of a progress bar, barStep by how much it gets shorter
// where its figures and text have no room: by single cells, it would shiver.
const (
	barCells = 30
	barStep  = 10
)

// Bar is a progress bar with its figures: «▓▓▓░░░  37% - 37/100». What is out of
// range is drawn as the nearest that is not.
func Bar(current, target int64) string { return bar(current, target, barCells) }

func bar(current, target, cells int64) string {
	target = max(1, target)
	current = min(max(current, 0), target)
	full := int(current * cells / target)
	return fmt.Sprintf("%s%s %3d%% - %s/%s", strings.Repeat("▓", full), strings.Repeat("░", int(cells)-full),
		current*100/target, Thousands(current), Thousands(target))
}

// figures are those of a progress bar, before a text and without the bar.
func figures(current, target int64, text string) string {
	return strings.TrimLeft(bar(current, target, 0), " ") + "  " + text
}

// barWith is the longest progress bar before a text that fits into the width, or
// the figures and the text alone.
func barWith(current, target int64, text string, width int) string {
	for cells := int64(barCells); cells > 0; cells -= barStep {
		if drawn := bar(current, target, cells) + "  " + text; uniseg.StringWidth(strings.TrimRight(drawn, " ")) <= width {
			return drawn
		}
	}
	return figures(current, target, text)
}

// Thousands is a number with separators: 1,432.
func Thousands(number int64) string { return humanize.Comma(number) }

// Bytes is a size in binary units: 1.5 MiB.
func Bytes(size uint64) string { return humanize.IBytes(size) }

// Elapsed is a time span in words: «1 minute, 7 seconds».
func Elapsed(span time.Duration) string {
	seconds := int64(span / time.Second)
	var parts []string
	for _, unit := range []struct {
		name   string
		length int64
	}{{"week", 604800}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		count := seconds / unit.length
		seconds %= unit.length
		switch {
		case count == 1:
			parts = append(parts, "1 "+unit.name)
		case count > 1:
			parts = append(parts, fmt.Sprintf("%s %ss", Thousands(count), unit.name))
		}
	}
	if len(parts) == 0 {
		return "less than a second"
	}
	return strings.Join(parts, ", ")
}
