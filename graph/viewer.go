package graph

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// viewer is the program that opens a picture.
type viewer struct {
	// program is empty where there is none.
	program string
	// patience is how long it is waited for: some viewers return at once,
	// others when their window is closed.
	patience time.Duration
}

// viewerPatience is long enough for a viewer to find out that it cannot open
// anything.
const viewerPatience = 2 * time.Second

// findViewer finds the system's. Without a screen there is none, even where the
// program is installed.
func findViewer() viewer {
	name := "xdg-open"
	if runtime.GOOS == "darwin" {
		name = "open"
	} else if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return viewer{}
	}
	program, err := exec.LookPath(name)
	if err != nil {
		return viewer{}
	}
	return viewer{program: program, patience: viewerPatience}
}

// open opens a file, and leaves the viewer to itself once it seems well.
func (v viewer) open(file string) error {
	command := exec.Command(v.program, file)
	if err := command.Start(); err != nil {
		return fmt.Errorf("the viewer did not start: %w; open the file yourself", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s could not open the file (%w); open it yourself, or save it elsewhere with --output-file", v.program, err)
		}
	case <-time.After(v.patience):
	}
	return nil
}
