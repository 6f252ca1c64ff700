package cli

import (
	"fmt"
	"slices"
	"strings"

	"db-migrate/board"
)

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// shownLines bounds how many lines of a statement that differ are shown.
const shownLines = 6

// differingLines are the lines between those with which both texts begin and end.
func differingLines(what, here, there string) []string {
	if here == there {
		return nil
	}
	mine, theirs := linesOf(here), linesOf(there)
	first := 0
	for first < min(len(mine), len(theirs)) && mine[first] == theirs[first] {
		first++
	}
	mine, theirs = mine[first:], theirs[first:]
	for len(mine) > 0 && len(theirs) > 0 && mine[len(mine)-1] == theirs[len(theirs)-1] {
		mine, theirs = mine[:len(mine)-1], theirs[:len(theirs)-1]
	}
	lines := []string{fmt.Sprintf("  %s, from line %d on", what, first+1)}
	return slices.Concat(lines, shownSide("here:  ", mine), shownSide("worker:", theirs))
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

func shownSide(side string, lines []string) []string {
	if len(lines) == 0 {
		return []string{"    " + side + " nothing"}
	}
	var shown []string
	for _, line := range lines[:min(len(lines), shownLines)] {
		shown = append(shown, "    "+side+" "+shortLine(line))
	}
	if more := len(lines) - shownLines; more > 0 {
		shown = append(shown, fmt.Sprintf("    %s … and %s more", side, counted(more, "line")))
	}
	return shown
}

// shownWidth bounds a line that is shown, in characters.
const shownWidth = 160

func shortLine(text string) string {
	text = board.Clean(text)
	if runes := []rune(text); len(runes) > shownWidth {
		return string(runes[:shownWidth]) + "…"
	}
	return text
}
