// Package stage is where benchmarks take place: a Temporal server, workers and
// starters of db-migrate as processes, and databases with tables that can be
// restored quickly.
package stage

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Stage is a Temporal server with a fresh database, and a folder.
type Stage struct {
	// Binaries is the folder with worker, starter, devserver and customers;
	// Config that with the migrations of the benchmarks.
	Binaries, Config string
	// Folder is the stage's own, gone when it is closed.
	Folder string
	// Address is Temporal's.
	Address  string
	Temporal client.Client

	server *process
}

// Open starts Temporal in a new folder under the given one.
func Open(ctx context.Context, binaries, config, under string) (*Stage, error) {
	if err := os.MkdirAll(under, 0o755); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(under, "stage-")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Stage{Binaries: binaries, Config: config, Folder: folder, Address: fmt.Sprintf("127.0.0.1:%d", port)}
	if err := s.serve(ctx, port); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stage) serve(ctx context.Context, port int) error {
	var err error
	s.server, err = s.start("devserver", "--port", fmt.Sprint(port), "--ui-port", "0", "--db", s.Path("temporal.db"))
	if err != nil {
		return err
	}
	if err := s.server.ready(ctx, "ready"); err != nil {
		return err
	}
	s.Temporal, err = s.Dial(ctx)
	return err
}

// Dial makes a further connection to Temporal.
func (s *Stage) Dial(ctx context.Context) (client.Client, error) {
	return client.DialContext(ctx, s.ClientOptions())
}

// ClientOptions are those of a connection to Temporal.
func (s *Stage) ClientOptions() client.Options {
	return client.Options{HostPort: s.Address, Logger: silent{}}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// Path is a file's in the stage's folder.
func (s *Stage) Path(name string) string { return filepath.Join(s.Folder, name) }

// Close ends Temporal and removes the folder.
func (s *Stage) Close() {
	if s.Temporal != nil {
		s.Temporal.Close()
	}
	if s.server != nil && s.server.Process != nil {
		s.server.stop()
	}
	_ = os.RemoveAll(s.Folder)
}

// Version is Temporal's.
func (s *Stage) Version(ctx context.Context) (string, error) {
	answer, err := s.Temporal.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	return answer.GetServerVersion(), err
}

// StoreBytes is the size of Temporal's database.
func (s *Stage) StoreBytes() int64 {
	total := int64(0)
	for _, name := range []string{"temporal.db", "temporal.db-wal"} {
		if info, err := os.Stat(s.Path(name)); err == nil {
			total += info.Size()
		}
	}
	return total
}

// Generate writes customers with the example's generator; its arguments say
// where to.
func (s *Stage) Generate(ctx context.Context, rows int, arguments ...string) error {
	made, err := s.start("customers", append([]string{"--rows", fmt.Sprint(rows), "--force"}, arguments...)...)
	if err != nil {
		return err
	}
	if err := made.end(ctx); err != nil {
		return err
	}
	if code := made.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("customers: exit code %d: %s", code, made.text())
	}
	return nil
}

type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
