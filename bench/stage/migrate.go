package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/creack/pty"

	"db-migrate/bench/measure"
	"db-migrate/config"
)

// Migration is a run of db-migrate.
type Migration struct {
	// Options are those of worker and starter alike (component/key=value).
	Options []string
	// Workers is how many there are; -1: none, somebody else serves.
	Workers int
	// Terminal: the starter draws its board on a pseudo-terminal.
	Terminal bool
}

// summary is the last line of a starter's JSON output.
type summary struct {
	Phase                      string
	Scanned, Migrated, Skipped int64
	Failed                     int64
	Elapsed                    float64 `json:"elapsed_seconds"`
	WorkflowID                 string  `json:"workflow_id"`
}

// Migrate runs db-migrate from the start of the starter to its end. Workers are
// started before, as a loop's connections are opened before: the time is the
// overseer's own, elapsed_seconds.
func (s *Stage) Migrate(ctx context.Context, asked Migration) (measure.Result, error) {
	workers, err := s.startWorkers(ctx, asked)
	defer func() { stopAll(workers) }()
	if err != nil {
		return measure.Result{}, err
	}
	server := s.server.cpuSoFar()
	began := time.Now()
	starter, text, err := s.runStarter(ctx, asked)
	if err != nil {
		return measure.Result{}, err
	}
	took := time.Since(began).Seconds()
	result := measure.Result{Seconds: took, Figures: map[string]float64{
		"starter_process_seconds": took, "starter_cpu_seconds": starter.cpu(), "starter_peak_mb": megabytes(starter.peak),
		"temporal_cpu_seconds": s.server.cpuSoFar() - server}}
	if !asked.Terminal {
		if err := use(&result, text); err != nil {
			return result, err
		}
	}
	stopAll(workers)
	for _, worker := range workers {
		result.Figures["worker_cpu_seconds"] += worker.cpu()
		result.Figures["worker_peak_mb"] = max(result.Figures["worker_peak_mb"], megabytes(worker.peak))
	}
	workers = nil
	return result, nil
}

func megabytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// use takes the result out of a starter's JSON output.
func use(result *measure.Result, text string) error {
	last, err := lastSummary(text)
	if err != nil {
		return err
	}
	if last.Phase != "completed" || last.Failed > 0 {
		return fmt.Errorf("the migration ended as %s, with %d failures: %s", last.Phase, last.Failed, text)
	}
	result.Migrated, result.Seconds = last.Migrated, last.Elapsed
	return nil
}

func lastSummary(text string) (summary, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var last summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.WorkflowID == "" {
		return last, fmt.Errorf("the starter printed no summary: %s", text)
	}
	return last, nil
}

func (s *Stage) startWorkers(ctx context.Context, asked Migration) ([]*process, error) {
	var workers []*process
	for range asked.Workers {
		worker, err := s.start("worker", s.arguments(config.Worker, asked)...)
		if err != nil {
			return workers, err
		}
		workers = append(workers, worker)
		if err := worker.ready(ctx, " serves "); err != nil {
			return workers, err
		}
	}
	return workers, nil
}

func (s *Stage) arguments(program config.Program, asked Migration) []string {
	return append([]string{"--config", s.Config}, config.For(program, append([]string{"customer-migrator/log-file=", "site-guard/mode=off"}, asked.Options...))...)
}

func stopAll(workers []*process) {
	for _, worker := range workers {
		worker.stop()
	}
}

// runStarter runs the starter to its end, and returns what it printed.
func (s *Stage) runStarter(ctx context.Context, asked Migration) (*process, string, error) {
	if asked.Terminal {
		return s.runOnTerminal(ctx, asked)
	}
	starter, err := s.start("starter", append([]string{"--output", "json"}, s.arguments(config.Starter, asked)...)...)
	if err != nil {
		return nil, "", err
	}
	if err := starter.end(ctx); err != nil {
		return nil, "", err
	}
	return starter, starter.text(), checkExit(starter, starter.text())
}

func checkExit(starter *process, text string) error {
	if code := starter.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("starter: exit code %d: %s", code, text)
	}
	return nil
}

// runOnTerminal runs the starter on a pseudo-terminal that somebody reads, as a
// terminal does.
func (s *Stage) runOnTerminal(ctx context.Context, asked Migration) (*process, string, error) {
	starter := s.command("starter", s.arguments(config.Starter, asked)...)
	starter.Env = append(starter.Env, "TERM=xterm-256color")
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, "", err
	}
	defer ours.Close()
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 50, Cols: 120}); err != nil {
		return nil, "", err
	}
	starter.Stdin, starter.Stdout, starter.Stderr = theirs, theirs, theirs
	err = starter.begin()
	_ = theirs.Close()
	if err != nil {
		return nil, "", err
	}
	last := make(chan string, 1)
	go func() { last <- tail(ours) }()
	if err := starter.end(ctx); err != nil {
		return nil, "", err
	}
	text := <-last
	return starter, text, checkExit(starter, text)
}

// tail reads to the end, and returns the last of it.
func tail(terminal *os.File) string {
	var last []byte
	buffer := make([]byte, 32<<10)
	for {
		read, err := terminal.Read(buffer)
		last = append(last, buffer[:read]...)
		last = last[max(0, len(last)-4096):]
		if err != nil { // the terminal's end, EOF or EIO
			return string(last)
		}
	}
}
