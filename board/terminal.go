package board

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/pterm/pterm"
)

// terminal draws frames in place, through pterm's area printer.
type terminal struct {
	plain bool
	area  *pterm.AreaPrinter
	frame gathered
	last  []string
	width int
	high  int
	begun bool
}

// gathered takes what pterm writes piece by piece (it would flicker), so that a
// frame reaches the terminal with one write. Fd makes it a writer in pterm's
// eyes; only Windows would use it.
type gathered struct{ bytes.Buffer }

// Fd is that of standard output.
func (*gathered) Fd() uintptr { return 1 }

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	clearAll   = "\x1b[H\x1b[2J"
)

func (t *terminal) show(board *Board, last bool) {
	width, height := board.options.Size()
	lines, above, _ := board.take()
	frame := Render(lines, board.now(), board.options.DimAfter, Screen{Width: width, Height: height, Plain: t.plain})
	resized := t.begun && (width != t.width || height != t.high)
	if !last && !resized && len(above) == 0 && slices.Equal(frame, t.last) {
		return
	}
	pterm.SetForcedTerminalSize(width, height) // else pterm wraps at the width of standard output
	t.draw(frame, above, resized, width)
	if last {
		t.end()
	}
	t.last, t.width, t.high = frame, width, height
	t.write(board.options.Output)
}

// draw lets pterm draw the frame. After the terminal was resized nobody knows
// where the lines of the last frame are, so the screen is drawn anew.
func (t *terminal) draw(frame, above []string, resized bool, width int) {
	if !t.begun {
		t.frame.WriteString(hideCursor)
		t.begun = true
	}
	if t.area == nil || resized {
		if resized {
			t.frame.WriteString(clearAll)
		}
		t.area = &pterm.AreaPrinter{}
		t.area.SetWriter(&t.frame)
	}
	if len(above) > 0 {
		t.area.Update("")
		for _, text := range above {
			t.frame.WriteString(cut(text, width) + "\n")
		}
	}
	t.area.Update(strings.Join(frame, "\n"))
}

func (t *terminal) end() { t.frame.WriteString("\n" + showCursor) }

func (t *terminal) write(output io.Writer) {
	// A terminal may be in a mode in which a line feed doesn't return.
	frame := bytes.ReplaceAll(t.frame.Bytes(), []byte("\n"), []byte("\r\n"))
	_, _ = output.Write(frame) // a terminal that is gone stops nobody
	t.frame.Reset()
}
