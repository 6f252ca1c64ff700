package board_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"db-migrate/board"
)

// TestMain makes of the test binary a program that draws a board, and ends as
// BOARD_ENDS says.
func TestMain(m *testing.M) {
	if how := os.Getenv("BOARD_ENDS"); how != "" {
		drawUntilTheEnd(how)
		return
	}
	os.Exit(m.Run())
}

func drawUntilTheEnd(how string) {
	var broken atomic.Bool // what the board calls panics, in the board's goroutine
	opened, err := board.Open(board.Options{Size: func() (int, int) {
		if broken.Load() {
			panic("on purpose")
		}
		return 80, 24
	}})
	if err != nil {
		panic(err)
	}
	defer opened.Close()
	interrupted := make(chan os.Signal, 1)
	notify(interrupted)
	job := opened.Add(board.JobOptions{Prefix: "job: "})
	for i := 0; ; i++ {
		job.Update(fmt.Sprint("number ", i))
		select {
		case <-interrupted:
			return
		case <-time.After(20 * time.Millisecond):
		}
		if how == "panic" && i == 20 {
			panic("on purpose")
		}
		if i == 20 {
			broken.Store(how == "panic of the board")
		}
	}
}

func TestTheCursorIsVisibleAgainHoweverItEnds(t *testing.T) {
	for how, signal := range map[string]syscall.Signal{"interrupt": syscall.SIGINT, "terminate": syscall.SIGTERM, "panic": 0, "panic of the board": 0} {
		t.Run(how, func(t *testing.T) {
			command := exec.Command(os.Args[0])
			command.Env = append(os.Environ(), "BOARD_ENDS="+how)
			terminal, err := pty.StartWithSize(command, &pty.Winsize{Rows: 24, Cols: 80})
			require.NoError(t, err)
			defer terminal.Close()
			var seen strings.Builder
			read := make(chan struct{})
			go func() {
				defer close(read)
				buffer := make([]byte, 4096)
				for {
					n, err := terminal.Read(buffer)
					seen.Write(buffer[:n])
					if signal != 0 && strings.Contains(seen.String(), "number ") {
						_ = command.Process.Signal(signal)
						signal = 0
					}
					if err != nil {
						return // a pseudo-terminal's end is an error
					}
				}
			}()
			_ = command.Wait()
			<-read
			hidden, shown := strings.LastIndex(seen.String(), "\x1b[?25l"), strings.LastIndex(seen.String(), "\x1b[?25h")
			require.GreaterOrEqual(t, hidden, 0, "it was hidden while drawing")
			require.Greater(t, shown, hidden)
			if !strings.HasPrefix(how, "panic") { // it goes on to say where
				require.True(t, strings.HasSuffix(seen.String(), "\x1b[?25h"))
			}
		})
	}
}

func ExampleOpen() {
	status, err := board.Open(board.Options{Output: os.Stdout, Mode: board.Minimal})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer status.Close()
	job := status.Add(board.JobOptions{Prefix: "copy: "})
	job.Update("37 of 37 files")
	job.Complete()
	// Output: copy: 37 of 37 files
}
