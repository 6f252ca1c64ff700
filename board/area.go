package board

import (
	"bytes"
	"math"
	"os"
	"sync"

	"atomicgo.dev/cursor"
	"github.com/pterm/pterm"
)

// gathered takes what pterm writes piece by piece (it would flicker), so that a
// frame reaches the terminal with one write. Fd makes it a writer in pterm's
// eyes; only Windows would use it.
type gathered struct{ bytes.Buffer }

// Fd is that of standard output.
func (*gathered) Fd() uintptr { return os.Stdout.Fd() }

func newArea(frame *gathered) *pterm.AreaPrinter {
	area := &pterm.AreaPrinter{}
	area.SetWriter(frame)
	return area
}

// ptermMutex guards what pterm keeps for the whole process: the terminal's size,
// and whom the cursor's movements are written to. It sets the latter for good
// when an area is first drawn, for every area there is.
var ptermMutex sync.Mutex

// updateArea gathers what pterm writes to draw the text in the area, and gives
// pterm's process-wide settings their defaults back.
func updateArea(area *pterm.AreaPrinter, frame *gathered, text string) {
	ptermMutex.Lock()
	defer ptermMutex.Unlock()
	cursor.SetTarget(frame)
	defer cursor.SetTarget(os.Stdout)
	// The lines fit already. Else pterm wraps them at the width of standard
	// output, and by another reckoning of what is wide.
	pterm.SetForcedTerminalSize(math.MaxInt32, math.MaxInt32)
	defer pterm.SetForcedTerminalSize(0, 0)
	area.Update(text)
}
