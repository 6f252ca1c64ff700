package testserver

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Product is a database server that a script starts.
type Product struct {
	// Script is the script's name, Installed the variable that is set where the
	// server may be started (make services has been run), Ports those that name
	// the ports it listens on.
	Script, Installed string
	Ports             []string
}

// PostgreSQL is the server of scripts/services/postgres.sh.
func PostgreSQL() Product {
	return Product{"postgres.sh", "TEST_POSTGRES_URL", []string{"POSTGRES_PORT"}}
}

// MariaDB is the server of scripts/services/mariadb.sh.
func MariaDB() Product { return Product{"mariadb.sh", "TEST_MYSQL_URL", []string{"MARIADB_PORT"}} }

// Cassandra is the server of scripts/services/cassandra.sh.
func Cassandra() Product {
	return Product{"cassandra.sh", "TEST_CASSANDRA_URL", []string{"CASSANDRA_PORT", "CASSANDRA_STORAGE_PORT"}}
}

// Server is a server of a test's own.
type Server struct {
	testing.TB
	// URL is its address, Folder where it keeps its files.
	URL, Folder string

	script      string
	environment []string
}

// Start starts a server with these variables for its script, and ends it with the
// test.
func (p Product) Start(t testing.TB, variables ...string) *Server {
	t.Helper()
	return p.StartIn(t, Folder(t), variables...)
}

// StartIn starts a server in a folder that there is.
func (p Product) StartIn(t testing.TB, folder string, variables ...string) *Server {
	t.Helper()
	if os.Getenv(p.Installed) == "" {
		t.Skipf("%s is not set: make services", p.Installed)
	}
	s := &Server{TB: t, Folder: folder, script: filepath.Join(root(), "scripts", "services", p.Script)}
	s.environment = append(os.Environ(), "SERVICES_DIR="+folder)
	for _, name := range p.Ports {
		s.environment = append(s.environment, fmt.Sprintf("%s=%d", name, FreePort(t)))
	}
	s.environment = append(s.environment, variables...)
	t.Cleanup(func() { s.Run("stop") })
	s.URL = s.Run("start")
	return s
}

// Folder is a folder that a server can enter which refuses to run as root.
func Folder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "db-migrate-server-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// Run runs the server's script: start, stop or url.
func (s *Server) Run(what string) string {
	s.Helper()
	command := exec.Command(s.script, what)
	command.Env, command.Stderr = s.environment, os.Stderr
	output, err := command.Output()
	require.NoError(s, err, "%s %s", s.script, what)
	return strings.TrimSpace(string(output))
}

// FreePort is a port of this machine that nobody listens on. It is below those that
// the system gives to outgoing connections, one of which might else take it before
// the server does.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 10_000 + rand.IntN(20_000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			require.NoError(t, listener.Close())
			return port
		}
	}
	require.FailNow(t, "no port is free from 10,000 to 30,000")
	return 0
}

func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}
