package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// progress tells on stderr how far the work is: on a terminal in one line that
// is updated for every percent, elsewhere in a plain line for every tenth.
type progress struct {
	output      io.Writer
	terminal    bool
	rows, total int
	shown       int // steps shown so far
}

func newProgress(output io.Writer, total int) *progress {
	file, ok := output.(*os.File)
	return &progress{output: output, total: total, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// add counts rows, and shows them when they reach the next step.
func (p *progress) add(rows int) {
	p.rows += rows
	steps := 10
	if p.terminal {
		steps = 100
	}
	if reached := p.rows * steps / p.total; reached > p.shown {
		p.shown = reached
		p.show()
	}
}

func (p *progress) show() {
	text := fmt.Sprintf("%3d%% - %d of %d customers", p.rows*100/p.total, p.rows, p.total)
	if p.terminal {
		fmt.Fprintf(p.output, "\r%s", text)
		return
	}
	fmt.Fprintln(p.output, text)
}

// finish ends the updated line, if there is one.
func (p *progress) finish() {
	if p.terminal && p.shown > 0 {
		fmt.Fprintln(p.output)
	}
}
