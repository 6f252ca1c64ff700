package integration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"db-migrate/internal/testserver"
)

// TestMain ends the Temporal server that tests have shared. What a test runs in this
// process finds no Temporal.
func TestMain(m *testing.M) {
	if err := os.Setenv("TEMPORAL_ADDRESS", address(1)); err != nil {
		panic(err)
	}
	code := m.Run()
	shared.end()
	os.Exit(code)
}

// sharedTemporal is the Temporal server of all tests that neither kill nor tune it.
// Each has a namespace of its own there: nothing of another test's is seen in it.
type sharedTemporal struct {
	once    sync.Once
	folder  string
	port    int
	process *exec.Cmd
	ended   chan error
	err     error
	number  atomic.Int64
}

var shared sharedTemporal

// namespace is a new namespace on the server, which is started by the first test
// that asks for one.
func (c *sharedTemporal) namespace(t testing.TB, bin string) (port int, name string) {
	t.Helper()
	c.once.Do(func() { c.err = c.begin(t, bin) })
	require.NoError(t, c.err, "the Temporal server that tests share")
	name = fmt.Sprintf("test-%d", c.number.Add(1))
	connected, err := client.Dial(client.Options{HostPort: address(c.port), Namespace: name, Logger: quiet{}})
	require.NoError(t, err)
	defer connected.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	persist(ctx, t, "register namespace "+name, func() error {
		_, err := connected.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)})
		var there *serviceerror.NamespaceAlreadyExists
		if errors.As(err, &there) {
			return nil // the answer to an earlier attempt was lost
		}
		return err // it takes only so many a second
	})
	// Its caches know the namespace a moment later.
	persist(ctx, t, "find namespace "+name, func() error {
		_, err := connected.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: name})
		return err
	})
	return c.port, name
}

// persist repeats what fails until it does not.
func persist(ctx context.Context, t testing.TB, what string, do func() error) {
	t.Helper()
	for err := do(); err != nil; err = do() {
		require.NoError(t, ctx.Err(), "%s: %v", what, err)
		time.Sleep(50 * time.Millisecond)
	}
}

// begin starts the server, on another port if somebody has just taken this one.
func (c *sharedTemporal) begin(t testing.TB, bin string) (err error) {
	if c.folder, err = os.MkdirTemp("", "db-migrate-temporal-"); err != nil {
		return err
	}
	for range 10 {
		c.port = testserver.FreePort(t)
		if err = c.launch(bin); err == nil {
			return nil
		}
	}
	return err
}

func (c *sharedTemporal) launch(bin string) error {
	said, err := os.Create(filepath.Join(c.folder, "log"))
	if err != nil {
		return err
	}
	defer said.Close()
	// A namespace's own workers are for schedules and batch operations; hundreds of
	// them would cost more than the tests.
	command := []string{filepath.Join(bin, "devserver"), "--port", fmt.Sprint(c.port), "--ui-port", "0",
		"--db", filepath.Join(c.folder, "temporal.db"), "--dynamic-config-value", "worker.perNamespaceWorkerCount=0"}
	if os.Geteuid() == 0 { // all tests wait for it: on a busy machine it comes first
		command = append([]string{"nice", "-n", "-10"}, command...)
	}
	c.process = exec.Command(command[0], command[1:]...)
	c.process.Env = append(os.Environ(), "GOGC=400") // an eighth of its time was the collector's
	c.process.Stdout, c.process.Stderr = said, said
	c.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // with the tests, however they end
	started := make(chan error, 1)
	c.ended = make(chan error, 1)
	go func() {
		runtime.LockOSThread() // whose end would be taken for the tests'
		started <- c.process.Start()
		c.ended <- c.process.Wait()
	}()
	if err := <-started; err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		content, err := os.ReadFile(said.Name())
		if err != nil || strings.Contains(string(content), "ready") {
			return err
		}
		select {
		case err := <-c.ended:
			return fmt.Errorf("it has ended: %w: %s", err, content)
		default:
		}
	}
	return errors.New("it does not get ready")
}

func (c *sharedTemporal) end() {
	if c.err == nil && c.process != nil {
		_ = c.process.Process.Kill()
		<-c.ended
	}
	if c.folder != "" {
		_ = os.RemoveAll(c.folder)
	}
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// startTemporal starts a server of the test's own, again if another process has just
// taken one of the ports that it has found free for its parts, or if a part has given up
// for being slow, as on a busy machine: Temporal gives each 15 s.
func (s *stack) startTemporal() {
	s.Helper()
	s.temporal = s.start("devserver", nil, append([]string{"--port", fmt.Sprint(s.port), "--ui-port", "0",
		"--db", s.path("temporal.db")}, s.server...)...)
	s.until("the Temporal server", func() bool {
		select {
		case <-s.temporal.done:
			if said := s.temporal.text(); strings.Contains(said, "address already in use") || strings.Contains(said, "context deadline exceeded") {
				s.temporal = s.start("devserver", nil, s.temporal.Args[1:]...)
				return false
			}
			require.FailNow(s, "the Temporal server has ended", s.temporal.text())
		default:
		}
		return strings.Contains(s.temporal.text(), "ready")
	})
}
