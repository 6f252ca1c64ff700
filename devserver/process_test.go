package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// beDevserver makes the test binary behave as devserver itself, which saves
// linking the same 200 MB twice.
const beDevserver = "DEVSERVER_TEST_BE_DEVSERVER"

func TestMain(m *testing.M) {
	if os.Getenv(beDevserver) != "" {
		main()
	}
	os.Exit(m.Run())
}

// patience bounds what should take a second, for busy machines and -race.
const patience = 90 * time.Second

// process is a devserver in a process of its own.
type process struct {
	command *exec.Cmd
	output  []string // the lines on stdout up to «ready»
	stderr  *bytes.Buffer
	exited  chan error
}

// testOptions are a new database and free ports.
func testOptions(t testing.TB) options {
	ports, err := freePorts(2)
	require.NoError(t, err)
	return options{
		ip:           loopbackIP,
		port:         ports[0],
		uiPort:       ports[1],
		databaseFile: filepath.Join(t.TempDir(), "new folder", "temporal#1.db"),
		namespace:    "default",
	}
}

func (o options) args() []string {
	return []string{"--port", strconv.Itoa(o.port), "--ui-port", strconv.Itoa(o.uiPort), "--db", o.databaseFile, "--namespace", o.namespace}
}

// startProcess starts a devserver and waits until it is ready.
func startProcess(t testing.TB, args ...string) *process {
	p := &process{stderr: &bytes.Buffer{}, exited: make(chan error, 1)}
	p.command = exec.Command(os.Args[0], args...)
	p.command.Env = append(os.Environ(), beDevserver+"=1")
	p.command.Stderr = p.stderr
	stdout, err := p.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	t.Cleanup(func() { _ = p.command.Process.Kill() })

	p.output = readUntilReady(stdout)
	go func() { p.exited <- p.command.Wait() }()
	if len(p.output) == 0 || p.output[len(p.output)-1] != "ready" {
		require.FailNow(t, "devserver did not become ready", "stdout: %s\nexit: %v\nstderr: %s", p.output, <-p.exited, p.stderr)
	}
	return p
}

func readUntilReady(stdout io.Reader) []string {
	var lines []string
	scanner := bufio.NewScanner(stdout)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
		if strings.TrimSpace(scanner.Text()) == "ready" {
			break
		}
	}
	return lines
}

// end sends a signal and returns the exit code; -1 if the signal killed it.
func (p *process) end(t testing.TB, signal syscall.Signal) int {
	require.NoError(t, p.command.Process.Signal(signal))
	select {
	case <-p.exited:
	case <-time.After(patience):
		require.FailNow(t, "devserver does not end", signal.String())
	}
	return p.command.ProcessState.ExitCode()
}

func dial(t testing.TB, o options) client.Client {
	temporalClient, err := client.Dial(client.Options{HostPort: loopback(o.port), Namespace: o.namespace, Logger: silentLogger{}})
	require.NoError(t, err)
	t.Cleanup(temporalClient.Close)
	return temporalClient
}
