package integration_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// password is that of scripts/services.
const password = "only-for-tests"

// TestNoPasswordIsShown looks for the password in all that runs leave behind: what
// worker and starter say, even when they tell everything, the logs, the
// configuration and the component graph that they print, and the files of the
// Temporal server, in which every history, memo and heartbeat is.
func TestNoPasswordIsShown(t *testing.T) {
	t.Parallel()
	for _, p := range products() {
		if p.driver == "cassandra" {
			continue // the script's node wants none; database/cassandra tests those that do
		}
		t.Run(p.driver, func(t *testing.T) {
			s := newStackAlone(t)
			server := s.startServer(p)
			server.fill(500)
			for name, given := range waysToGive(t, server.url) {
				s.showAll(t, append([]string{"connection/driver=" + p.driver}, given...))
				require.NotEmpty(t, name)
			}
			s.temporal.signal(syscall.SIGTERM) // so that it writes all it knows
			<-s.temporal.done
			requireNowhere(t, s.folder, password)
			content, err := os.ReadFile(s.path("temporal.db"))
			require.NoError(t, err)
			require.Contains(t, string(content), "customer-contact", "what Temporal keeps can be read there")
		})
	}
}

// waysToGive are the ways to give a password: URL, key and file.
func waysToGive(t *testing.T, address string) map[string][]string {
	t.Helper()
	bare := strings.Replace(address, ":"+password+"@", "@", 1)
	require.NotEqual(t, address, bare)
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(password+"\n"), 0o600))
	return map[string][]string{
		"URL":  {"connection/url=" + address},
		"key":  {"connection/url=" + bare, "connection/password=" + password},
		"file": {"connection/url=" + bare, "connection/password-file=" + file},
	}
}

// showAll runs a migration with a dry run before it, lets everything be printed,
// and makes it fail, too.
func (s *stack) showAll(t *testing.T, options []string) {
	t.Helper()
	worker := s.startWorkerAs("worker", nil, append([]string{"--log-level", "debug", "customer-migrator/log-file=migrated.log"}, options...)...)
	for _, arguments := range [][]string{{"--dry-run", "--output", "json"}, {"--output", "minimal"}, {"status"}, {"--print-config"}, {"--visualize", "--format", "dot"}} {
		shown := s.start("starter", nil, append(arguments, options...)...)
		require.Zero(t, shown.wait(t), shown.text())
	}
	worker.signal(syscall.SIGTERM)
	require.Zero(t, worker.wait(t), worker.text())
	for _, arguments := range [][]string{{"--print-config"}, {"--visualize", "--format", "dot"}, {"connection/table=nowhere"}, {"connection/nonsense=1"}, {"connection/driver=sqlite"}} {
		s.start("worker", nil, append(options, arguments...)...).wait(t)
	}
}

// requireNowhere looks into every file of a folder.
func requireNowhere(t *testing.T, folder, text string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		require.False(t, bytes.Contains(content, []byte(text)), "%s shows the password", path)
		return nil
	}))
	require.Greater(t, files, 20, "logs, and the server's files")
}
