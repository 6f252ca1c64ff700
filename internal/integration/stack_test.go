// Package integration_test runs the real binaries against the real development
// server, and kills them.
package integration_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	_ "modernc.org/sqlite"

	"db-migrate/config"
	"db-migrate/internal/testserver"
	"db-migrate/workflows"
)

const (
	// patience bounds every waiting; it is for a machine under load.
	patience = 8 * time.Minute
	workflow = "migration/customer-contact/localhost"
	// contactQueue is the task queue of the same migration.
	contactQueue = "db-migrate/localhost/customer-contact/customers"
)

// binaries are built once.
var binaries = sync.OnceValues(func() (string, error) {
	folder, err := filepath.Abs("../../bin")
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(folder, "devserver")); err != nil {
		return "", fmt.Errorf("%w: run make build first", err)
	}
	build := exec.Command("go", "build", "-o", folder+"/", "db-migrate/worker", "db-migrate/starter",
		"db-migrate/examples/customers", "db-migrate/internal/integration/crashworker", "db-migrate/internal/integration/heavyworker")
	output, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return folder, nil
})

// stack is workers and starters of one test, in a namespace of its own on the Temporal
// server that tests share, or on a server of its own.
type stack struct {
	*testing.T
	bin, folder, namespace string
	port                   int
	// temporal is the test's own server, server are further options of it.
	temporal *process
	server   []string
}

// newStack is for a test that leaves Temporal alone.
func newStack(t *testing.T) *stack {
	t.Helper()
	s := emptyStack(t)
	s.port, s.namespace = shared.namespace(t, s.bin)
	return s
}

// newStackAlone has a Temporal server of its own, which may be killed, with further
// options.
func newStackAlone(t *testing.T, server ...string) *stack {
	t.Helper()
	s := emptyStack(t)
	s.port, s.namespace, s.server = testserver.FreePort(t), client.DefaultNamespace, server
	s.startTemporal()
	return s
}

func emptyStack(t *testing.T) *stack {
	t.Helper()
	bin, err := binaries()
	require.NoError(t, err)
	s := &stack{T: t, bin: bin, folder: t.TempDir()}
	t.Cleanup(func() {
		if t.Failed() {
			s.dump()
		}
	})
	return s
}

// environment is that of the binaries.
func (s *stack) environment(more ...string) []string {
	return append(append(os.Environ(), "TEMPORAL_ADDRESS="+address(s.port), "TEMPORAL_NAMESPACE="+s.namespace), more...)
}

// dump shows what the processes said, for a test that failed.
func (s *stack) dump() {
	logs, _ := filepath.Glob(filepath.Join(s.folder, "*.log"))
	for _, name := range logs {
		content, _ := os.ReadFile(name)
		if len(content) > 3000 {
			content = content[len(content)-3000:]
		}
		s.Logf("%s:\n%s", filepath.Base(name), content)
	}
}

func (s *stack) path(name string) string { return filepath.Join(s.folder, name) }

// process is a running binary.
type process struct {
	*exec.Cmd
	name   string
	output *os.File
	done   chan struct{}
	err    error
}

func (s *stack) start(name string, environment []string, arguments ...string) *process {
	s.Helper()
	return s.startCommand(name, exec.Command(filepath.Join(s.bin, name), readBy(name, arguments)...), environment)
}

// readBy are the arguments that a program reads: tests give both the same options.
func readBy(name string, arguments []string) []string {
	switch {
	case strings.HasSuffix(name, "worker"):
		return config.For(config.Worker, arguments)
	case len(arguments) > 0 && arguments[0] == "set":
	case strings.HasSuffix(name, "starter"):
		return config.For(config.Starter, arguments)
	}
	return arguments
}

func (s *stack) startCommand(name string, command *exec.Cmd, environment []string) *process {
	s.Helper()
	output, err := os.CreateTemp(s.folder, name+"-*.log")
	require.NoError(s, err)
	command.Dir = s.folder
	command.Env = s.environment(environment...)
	command.Stdout, command.Stderr = output, output
	require.NoError(s, command.Start())
	p := &process{Cmd: command, name: name, output: output, done: make(chan struct{})}
	go func() { p.err = command.Wait(); close(p.done) }()
	s.Cleanup(func() { p.signal(syscall.SIGCONT); p.signal(syscall.SIGKILL); <-p.done; output.Close() })
	return p
}

func (p *process) signal(signal syscall.Signal) { _ = p.Process.Signal(signal) }

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

func (p *process) text() string {
	content, _ := os.ReadFile(p.output.Name())
	return string(content)
}

// wait waits for the end, and returns the exit code.
func (p *process) wait(t testing.TB) int {
	t.Helper()
	select {
	case <-p.done:
		return p.ProcessState.ExitCode()
	case <-time.After(patience):
		require.FailNow(t, "it does not end", "%s: %s", p.name, p.text())
		return -1
	}
}

func (s *stack) until(what string, holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(patience); ; {
		asked := time.Now()
		if holds() {
			return
		}
		require.False(s, time.Now().After(deadline), "waited in vain for %s", what)
		// Four fifths of the time are left to what is waited for.
		time.Sleep(max(20*time.Millisecond, min(4*time.Since(asked), 2*time.Second)))
	}
}

// generate makes a database of customers, with a trigger that notes each change.
func (s *stack) generate(rows int, options ...string) {
	s.Helper()
	p := s.start("customers", nil, append([]string{"--rows", fmt.Sprint(rows), "--db", s.path("customers.db"), "--force"}, options...)...)
	require.Zero(s, p.wait(s), p.text())
	s.execute(`CREATE TABLE audit (id, at TEXT)`,
		`CREATE TRIGGER audit_update AFTER UPDATE OF first_name ON customers WHEN new.first_name IS NOT old.first_name
		 BEGIN INSERT INTO audit VALUES (new.id, datetime()); END`)
}

func (s *stack) database() *sql.DB {
	s.Helper()
	opened, err := sql.Open("sqlite", "file:"+s.path("customers.db")+"?_pragma=busy_timeout(10000)")
	require.NoError(s, err)
	s.Cleanup(func() { opened.Close() })
	return opened
}

func (s *stack) execute(statements ...string) {
	s.Helper()
	opened := s.database()
	defer opened.Close()
	for _, statement := range statements {
		_, err := opened.Exec(statement)
		require.NoError(s, err, statement)
	}
}

func (s *stack) number(query string) int64 {
	s.Helper()
	opened := s.database()
	defer opened.Close()
	var number int64
	require.NoError(s, opened.QueryRow(query).Scan(&number), query)
	return number
}

func (s *stack) startWorker(options ...string) *process {
	return s.startWorkerAs("worker", nil, options...)
}

func (s *stack) startWorkerAs(name string, environment []string, options ...string) *process {
	s.Helper()
	p := s.start(name, environment, s.workerOptions(options)...)
	s.untilServes(p)
	return p
}

// workerOptions are those of a worker on the stack's customers. Tests that run beside
// each other on one server are not to make room for each other.
func (s *stack) workerOptions(options []string) []string {
	return append([]string{"connection/url=" + s.path("customers.db"), "customer-migrator/log-file=", "site-guard/mode=off"}, options...)
}

func (s *stack) untilServes(p *process) {
	s.Helper()
	s.until("the worker", func() bool {
		select {
		case <-p.done:
			require.FailNow(s, "the worker has ended", p.text())
		default:
		}
		return strings.Contains(p.text(), " serves ")
	})
}

func (s *stack) startStarter(options ...string) *process {
	s.Helper()
	return s.start("starter", nil, append([]string{"--output", "json"}, options...)...)
}

// summary is the last line of a starter's JSON output.
type summary struct {
	Phase                                                  string
	Scanned, Migrated, Skipped, Failed, Appeared, Vanished int64
	Needed                                                 int64
	FoundAgain                                             int64 `json:"found_at_closing"`
	Left                                                   int64
	NeededAgain                                            int64   `json:"needed_again"`
	Elapsed                                                float64 `json:"elapsed_seconds"`
	WorkflowID                                             string  `json:"workflow_id"`
	Runs                                                   int
}

func (s *stack) summary(p *process) summary {
	s.Helper()
	lines := strings.Split(strings.TrimSpace(p.text()), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		var last summary
		if json.Unmarshal([]byte(lines[i]), &last) == nil && last.WorkflowID != "" {
			return last
		}
	}
	require.FailNow(s, "no summary", p.text())
	return summary{}
}

// numberIn is that of a query on another database file.
func (s *stack) numberIn(file, query string) int64 {
	s.Helper()
	opened, err := sql.Open("sqlite", "file:"+s.path(file)+"?_pragma=busy_timeout(10000)")
	require.NoError(s, err)
	defer opened.Close()
	var number int64
	require.NoError(s, opened.QueryRow(query).Scan(&number), query)
	return number
}

// ledgered is how many customers this run's ledger has as migrated.
func (s *stack) ledgered() int64 {
	return s.number("SELECT COUNT(*) FROM db_migrate_ledger_customers_customer_contact WHERE outcome = 1")
}

// progress is how many customers have been migrated so far; 0 before the run.
func (s *stack) progress() int64 {
	opened := s.database()
	defer opened.Close()
	var number int64
	if err := opened.QueryRow("SELECT COALESCE(MAX(rowid), 0) FROM audit").Scan(&number); err != nil { // rows are added, or all deleted
		return 0
	}
	return number
}

// requireExact holds a finished run's summary against the database: each row was
// changed once, is in the ledger, and is counted as migrated.
func (s *stack) requireExact(end summary, customers int64, failed int64) {
	s.Helper()
	require.Equal(s, "completed", end.Phase)
	require.Equal(s, customers, end.Scanned, "scanned")
	require.Equal(s, failed, end.Failed, "failed")
	require.Equal(s, end.Scanned, end.Migrated+end.Skipped+end.Failed)
	require.Zero(s, end.Appeared+end.Vanished)
	require.Equal(s, end.Migrated, s.ledgered(), "ledger rows")
	require.Equal(s, end.Migrated, s.number("SELECT COUNT(*) FROM audit"), "changed rows")
	require.Equal(s, end.Migrated, s.number("SELECT COUNT(DISTINCT id) FROM audit"), "each changed once")
	require.Zero(s, s.number("SELECT COUNT(*) FROM audit WHERE id NOT IN (SELECT id FROM db_migrate_ledger_customers_customer_contact WHERE outcome = 1)"))
	require.Equal(s, failed, s.number("SELECT COUNT(*) FROM db_migrate_failures"), "dead letters")
	require.Equal(s, failed, s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"), "rows without their new columns")
}

func (s *stack) client() client.Client {
	s.Helper()
	connected, err := client.Dial(client.Options{HostPort: address(s.port), Namespace: s.namespace, Logger: quiet{}})
	require.NoError(s, err)
	s.Cleanup(connected.Close)
	return connected
}

type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// status asks the overseer; false: nobody answers.
func status(connected client.Client) (workflows.Status, bool) {
	return statusOf(connected, workflow)
}

// statusOf asks the overseer of another migration.
func statusOf(connected client.Client, workflow string) (workflows.Status, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var found workflows.Status
	answer, err := connected.QueryWorkflow(ctx, workflow, "", workflows.QueryStatus)
	if err != nil || answer.Get(&found) != nil {
		return found, false
	}
	return found, true
}

func (s *stack) untilStatus(connected client.Client, what string, holds func(workflows.Status) bool) workflows.Status {
	s.Helper()
	var found workflows.Status
	s.until(what, func() bool {
		answered, ok := status(connected)
		found = answered
		return ok && holds(answered)
	})
	return found
}
