package integration_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatIsSeenIsWhatRuns: the file of the migration is changed after the worker has
// read it. The starter refuses, the worker says so, and a worker that is started anew
// runs what the file says.
func TestWhatIsSeenIsWhatRuns(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	s.execute("ALTER TABLE customers ADD COLUMN v INTEGER")
	write := func(value, version string) {
		s.writeMigration("v", "name: v\nversion: \""+version+"\"\nmigrate: |\n  UPDATE customers SET v = "+value+"\n  WHERE id IN (:ids)\n")
	}
	write("10", "1")
	options := []string{"--config", s.folder, "customer-migrator/migration=v"}
	worker := s.startWorker(options...)
	write("100", "2")
	for _, more := range [][]string{nil, {"--dry-run"}, {"--check"}} {
		text := s.tell(2, append(options, more...)...)
		require.Contains(t, text, "the worker would not run what this configuration says of migration v")
		require.Contains(t, text, "here:   "+s.path("migrations/v.yaml")+`, version "2"`)
		require.Contains(t, text, "worker: "+s.path("migrations/v.yaml")+`, version "1"`)
		require.Contains(t, text, "here:   UPDATE customers SET v = 100\n    worker: UPDATE customers SET v = 10\n")
	}
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
	const changed = `is now version \"2\"`
	s.until("the worker's word", func() bool { return strings.Contains(worker.text(), changed) })
	text := s.tell(0, "--check", "customer-migrator/migration=v")
	require.Contains(t, text, `is now version "2"`, "a starter that has no such file has nothing to compare")
	require.Contains(t, text, "restart it to run what the file says")
	require.Equal(t, 1, strings.Count(worker.text(), changed), "it is said once")
	worker.kill()
	s.startWorker(options...)
	require.Contains(t, s.tell(0, append(options, "--output", "minimal")...), "Migrated 2,000 customers")
	require.EqualValues(t, 2000, s.number("SELECT COUNT(*) FROM customers WHERE v = 100"))
}

// TestAttachingToAnotherDefinition is refused, as to other limits: what runs is not
// what stands on the screen.
func TestAttachingToAnotherDefinition(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	s.writeMigration("shout", undoable)
	options := append([]string{"--config", s.folder, "customer-migrator/migration=shout"}, slow("20")...)
	s.startWorker(options...)
	starter := s.startStarter(options...)
	s.until("some progress", func() bool { return strings.Contains(starter.text(), `"migrated":`) })
	s.writeMigration("shout", strings.Replace(undoable, "upper(email)", "lower(email)", 1))
	text := s.tell(2, options...)
	require.Contains(t, text, "the migration runs already, but with definition ")
	require.Contains(t, text, s.path("migrations/shout.yaml"))
	s.until("the status to say so", func() bool {
		return strings.Contains(s.said("status", "shout"), "the worker goes on with what it read when it was started")
	})
	s.writeMigration("shout", undoable)
	require.NoError(t, os.WriteFile(s.path("connection.yaml"), []byte("connection:\n  url: "+s.path("other.db")+"\n"), 0o644))
	require.Regexp(t, `runs already, but not where this configuration says:\n  connection/url\n    here:   .*/other.db\n    it runs on: .*/customers.db\n`, s.tell(2, options...))
	require.NoError(t, os.Remove(s.path("connection.yaml")))
	again := s.startStarter(options...)
	s.tell(0, append([]string{"cancel"}, options...)...)
	require.Equal(t, 1, again.wait(t), again.text())
}
