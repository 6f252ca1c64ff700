package board_test

import (
	"bytes"
	"fmt"
	"log"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/board"
)

// minimal is a board that writes plain lines when it is closed.
func minimal(t *testing.T, options board.Options) (*board.Board, *bytes.Buffer) {
	t.Helper()
	var output bytes.Buffer
	options.Output, options.Refresh = &output, time.Hour
	opened, err := board.Open(options)
	require.NoError(t, err)
	return opened, &output
}

func TestMinimalPrintsALineWhenATextChanges(t *testing.T) {
	opened, output := minimal(t, board.Options{})
	job, silent := opened.Add(board.JobOptions{Prefix: "job: "}), opened.Add(board.JobOptions{Prefix: "silent: "})
	job.Update("first")
	job.Update("first")
	silent.SetProgress(1, 2)
	job.SetStatus(board.Warning)
	opened.Println("said above")
	job.Update("last\x1b[2J")
	job.Complete()
	opened.Close()
	opened.Close()
	require.Equal(t, "job: first\nsaid above\njob: last·[2J\n", output.String())
}

func TestMinimalIsThrottledPerJobButSaysTheLastText(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	opened, output := minimal(t, board.Options{MinimalEvery: 5 * time.Second, Now: func() time.Time { return now }})
	one, two := opened.Add(board.JobOptions{Prefix: "1: "}), opened.Add(board.JobOptions{Prefix: "2: "})
	for second := range 12 {
		one.Update(fmt.Sprint("at ", second))
		now = now.Add(time.Second)
	}
	two.Update("begun")
	two.Update("done")
	two.Complete()
	opened.Close()
	require.Equal(t, "1: at 0\n1: at 5\n1: at 10\n2: begun\n2: done\n1: at 11\n", output.String())
}

func TestLogsAppearAsLinesAboveTheBoard(t *testing.T) {
	opened, output := minimal(t, board.Options{})
	logger, other := log.New(opened.Writer(), "log: ", 0), opened.Writer()
	fmt.Fprint(other, "begun, ")
	logger.Print("whole\nlines")
	fmt.Fprint(other, "ended\r\nand not ended")
	opened.Close()
	logger.Print("after the end")
	opened.Println("and once more")
	require.Equal(t, "log: whole\nlines\nbegun, ended\nand not ended\nlog: after the end\nand once more\n", output.String())
}

func TestAnythingFromAnyGoroutine(t *testing.T) {
	for _, mode := range []board.Mode{board.Console, board.Minimal} {
		var output bytes.Buffer
		opened, err := board.Open(board.Options{Output: &output, Mode: mode, Refresh: time.Millisecond,
			Size: func() (int, int) { return 80, 24 }})
		require.NoError(t, err)
		var group sync.WaitGroup
		for process := range 8 {
			group.Go(func() {
				job := opened.Add(board.JobOptions{Prefix: fmt.Sprintf("%d: ", process)})
				for i := range 200 {
					job.Update(fmt.Sprint("step ", i))
					job.SetProgress(int64(i), 200)
					if i%50 == 0 {
						fmt.Fprintln(opened.Writer(), "log", process, i)
					}
				}
				job.Update(fmt.Sprint("final text of ", process))
				job.Complete()
			})
		}
		group.Wait()
		opened.Close()
		for process := range 8 {
			require.Contains(t, output.String(), fmt.Sprintf("log %d 150", process))
			require.Contains(t, output.String(), fmt.Sprintf("final text of %d", process))
		}
	}
}

// TestMinimalSaysHowMuchIsDone: a log has no bar, but its figures.
func TestMinimalSaysHowMuchIsDone(t *testing.T) {
	opened, output := minimal(t, board.Options{})
	job := opened.Add(board.JobOptions{Prefix: "all: "})
	job.SetProgress(82160, 300000)
	job.Update("17,938/s, about 12 seconds left")
	opened.Close()
	require.Equal(t, "all: 27% - 82,160/300,000  17,938/s, about 12 seconds left\n", output.String())
}
