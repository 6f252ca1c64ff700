package board

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pterm/pterm"
	"github.com/rivo/uniseg"
)

// terminal draws frames in place, through pterm's area printer.
type terminal struct {
	plain         bool
	area          *pterm.AreaPrinter
	frame         gathered
	last          []string
	width, height int
	hidden        bool // the cursor
}

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearBelow = "\x1b[J"
)

func (*terminal) changed(*Board, *Job) {}

func (t *terminal) show(board *Board, last bool) {
	width, height := board.options.Size()
	lines, above := board.take()
	frame := Render(lines, board.now(), board.options.DimAfter, Screen{Width: width, Height: height, Plain: t.plain})
	resized := t.hidden && (width != t.width || height != t.height)
	if len(above) > 0 || resized || !slices.Equal(frame, t.last) {
		t.begin(resized, width, height)
		t.draw(frame, above)
	}
	if last {
		t.end(len(frame) > 0)
	}
	t.last, t.width, t.height = frame, width, height
	t.write(board)
}

// begin hides the cursor, and clears the last frame away after the terminal was
// resized: pterm's area would look for it where it is no longer.
func (t *terminal) begin(resized bool, width, height int) {
	if !t.hidden {
		t.frame.WriteString(hideCursor)
		t.hidden = true
	}
	if resized {
		if up := min(rowsAbove(t.last, width), height-1); up > 0 {
			fmt.Fprintf(&t.frame, "\x1b[%dA", up)
		}
		t.frame.WriteString("\r" + clearBelow)
		t.area = nil
	}
	if t.area == nil {
		t.area = newArea(&t.frame)
	}
}

// rowsAbove is how many rows of a terminal are between the first line of a frame
// and its last one, where the cursor is, after the terminal has wrapped lines
// that have become too long. A terminal that cuts them instead loses some of
// what is above the board.
func rowsAbove(frame []string, width int) int {
	rows := 0
	for i := range len(frame) - 1 {
		cells := uniseg.StringWidth(pterm.RemoveColorFromString(frame[i]))
		rows += max(1, (cells+width-1)/max(1, width))
	}
	return rows
}

func (t *terminal) draw(frame, above []string) {
	if len(above) > 0 {
		updateArea(t.area, &t.frame, "")
		for _, text := range above {
			t.frame.WriteString(text + "\n")
		}
	}
	updateArea(t.area, &t.frame, strings.Join(frame, "\n"))
	// At the start of its line the cursor keeps its place when a terminal wraps
	// lines anew, and a ^C echoed there can't begin another line.
	t.frame.WriteString("\r")
}

func (t *terminal) end(drawn bool) {
	if !t.hidden {
		return
	}
	if drawn {
		t.frame.WriteString("\n")
	}
	t.frame.WriteString(showCursor)
	t.hidden = false
}

func (t *terminal) restore(board *Board) {
	t.end(true)
	t.write(board)
}

// write writes what was gathered, with one write.
func (t *terminal) write(board *Board) {
	if t.frame.Len() == 0 {
		return
	}
	// A terminal may be in a mode in which a line feed doesn't return.
	frame := bytes.ReplaceAll(t.frame.Bytes(), []byte("\n"), []byte("\r\n"))
	t.frame.Reset()
	_, _ = board.options.Output.Write(frame) // a terminal that is gone stops nobody
}
