package integration_test

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeKeys writes a file of keys, of which the first encrypts.
func (s *stack) writeKeys(names ...string) string {
	s.Helper()
	var lines []string
	for _, name := range names {
		key := []byte(strings.Repeat(name, 32))[:32]
		lines = append(lines, name+" "+base64.StdEncoding.EncodeToString(key))
	}
	require.NoError(s, os.WriteFile(s.path("keys"), []byte(strings.Join(lines, "\n")), 0o600))
	return "--codec-keys=" + s.path("keys")
}

// TestWhatTravelsEncrypted: with keys, Temporal stores nothing of a row that can be
// read, neither in an error nor in a dry run; the board and the list of failures show
// all; a replaced key still opens what was kept under it.
func TestWhatTravelsEncrypted(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(500)
	s.execute("UPDATE customers SET phone = 'no phone at all', first_name = NULL WHERE id = (SELECT MAX(id) FROM customers)",
		"UPDATE customers SET email = 'Secret' || id || '@Example.com', first_name = NULL WHERE id < 400")
	keys := s.writeKeys("old")
	worker := s.startWorker(keys, "customer-migrator/retry-interval=10ms")
	require.Equal(t, 1, s.startStarter(keys, "--dry-run").wait(t), "one row cannot be migrated")
	starter := s.startStarter(keys)
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Contains(t, s.tell(0, "failures", keys), "no phone at all")
	for _, text := range []string{"no phone at all", "Secret", s.path("customers.db")} {
		require.False(t, s.stored(text), text)
	}
	require.True(t, s.stored("binary/encrypted"))

	require.Contains(t, s.tell(3, "status"), `the worker encrypts what travels, under key "old"; give its file of keys: --codec-keys`)
	worker.kill()
	keys = s.writeKeys("new", "old")
	s.startWorker(keys)
	require.Contains(t, s.tell(0, "failures", keys), "no phone at all")
	require.Contains(t, s.tell(0, "status", keys), "1 failure)")
}
