package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a running binary of ours.
type process struct {
	*exec.Cmd
	name   string
	output *os.File
	// done is closed once the process has ended, and watched once nobody looks at
	// its memory any more.
	done, watched chan struct{}
	// peak is the most memory that it has had resident, in bytes; it may be read
	// once the process has ended.
	peak int64
}

// patience bounds every waiting for a process to be ready or to end after it was
// told to.
const patience = 2 * time.Minute

// start starts a binary, with its output in a file of the stage.
func (s *Stage) start(name string, arguments ...string) (*process, error) {
	output, err := os.CreateTemp(s.Folder, name+"-*.log")
	if err != nil {
		return nil, err
	}
	p := s.command(name, arguments...)
	p.output, p.Stdout, p.Stderr = output, output, output
	return p, p.begin()
}

func (s *Stage) command(name string, arguments ...string) *process {
	command := exec.Command(filepath.Join(s.Binaries, name), arguments...)
	command.Dir = s.Folder
	command.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+s.Address)
	return &process{Cmd: command, name: name, done: make(chan struct{}), watched: make(chan struct{})}
}

func (p *process) begin() error {
	if err := p.Start(); err != nil {
		return err
	}
	go func() { _ = p.Wait(); close(p.done) }()
	go p.watch()
	return nil
}

// watch looks at the process's memory until its end: only a living process
// tells its own peak.
func (p *process) watch() {
	defer close(p.watched)
	for {
		p.peak = max(p.peak, status(p.Process.Pid, "VmHWM")*1024)
		select {
		case <-p.done:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// status is a number in a process's status; 0: it is gone.
func status(pid int, name string) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, found := strings.Cut(string(content), name+":")
	if fields := strings.Fields(after); found && len(fields) > 0 {
		number, _ := strconv.ParseInt(fields[0], 10, 64)
		return number
	}
	return 0
}

// ready waits until the process has said a word.
func (p *process) ready(ctx context.Context, word string) error {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		if strings.Contains(p.text(), word) {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s has ended: %s", p.name, p.text())
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
	return fmt.Errorf("%s is not ready after %s: %s", p.name, patience, p.text())
}

func (p *process) text() string {
	content, err := os.ReadFile(p.output.Name())
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// end waits for the process; cancelled, it ends it.
func (p *process) end(ctx context.Context) error {
	select {
	case <-p.watched:
		return nil
	case <-ctx.Done():
		_ = p.Process.Kill()
		<-p.watched
		return ctx.Err()
	}
}

// stop tells the process to end, and kills it if it does not.
func (p *process) stop() {
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.watched:
	case <-time.After(patience):
		_ = p.Process.Kill()
		<-p.watched
	}
	if p.output != nil {
		_ = p.output.Close()
	}
}

// cpu is the processor time of a process that has ended, in seconds.
func (p *process) cpu() float64 {
	return (p.ProcessState.UserTime() + p.ProcessState.SystemTime()).Seconds()
}

// clockTicks are those of /proc, a second: 100 on every Linux that Go runs on.
const clockTicks = 100

// cpuSoFar is the processor time of a living process, in seconds.
func (p *process) cpuSoFar() float64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / clockTicks
}
