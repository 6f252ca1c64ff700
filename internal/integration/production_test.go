package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// answer runs the starter on a terminal of its own, answers its question, and
// returns what stood there, and the exit code.
func (s *stack) answer(answer string, arguments ...string) (string, int) {
	s.Helper()
	command := exec.Command(filepath.Join(s.bin, "starter"), readBy("starter", arguments)...)
	command.Dir, command.Env = s.folder, s.start("starter", nil, "--version").Env
	terminal, err := pty.Start(command)
	require.NoError(s, err)
	defer terminal.Close()
	screen := &strings.Builder{}
	asked := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		part := make([]byte, 4096)
		for open := true; ; {
			read, err := terminal.Read(part)
			screen.Write(part[:read])
			if open && strings.Contains(screen.String(), "anything else to leave it: ") {
				open = false
				close(asked)
			}
			if err != nil {
				return
			}
		}
	}()
	<-asked
	_, err = terminal.WriteString(answer)
	require.NoError(s, err)
	_ = command.Wait()
	<-ended
	return screen.String(), command.ProcessState.ExitCode()
}

// TestProductionIsConfirmed: what will be done is shown, as the worker says it,
// and somebody has to type the word. The starter knows nothing of the database.
func TestProductionIsConfirmed(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	s.start("worker", []string{"DB_MIGRATE_PRODUCTION_URL=" + s.path("customers.db")}, "-e", "production")
	text := s.tell(2, "-e", "production")
	require.Contains(t, text, "database    sqlite "+s.path("customers.db")+", table customers")
	require.Contains(t, text, "customers   about 2,000")
	require.Contains(t, text, "there is no terminal to ask on; add --yes")
	for answer, code := range map[string]int{"yes\n": 2, "\n": 2, "\x03": 130} {
		text, got := s.answer(answer, "-e", "production")
		require.Equal(t, code, got, text)
		require.Contains(t, strings.ToLower(text), "nothing was started")
	}
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
	text, code := s.answer("production\n", "-e", "production", "--output", "minimal")
	require.Zero(t, code, text)
	require.Contains(t, text, "customers (")
	require.Contains(t, s.tell(0, "-e", "production", "--yes", "--output", "minimal"), "(2,000 previously migrated")
	require.Contains(t, s.tell(0, "-e", "production", "--dry-run", "--output", "minimal"), "Verified: none of 2,000")
	_, err := os.Stat(s.path("migrated-customers.txt"))
	require.NoError(t, err)
}
