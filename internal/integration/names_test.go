package integration_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestARunIsFoundByItsName, and listed with who started it and why.
func TestARunIsFoundByItsName(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	s.writeMigration("shout", undoable)
	s.startWorker(append(slow("20"), "--config", s.folder, "customer-migrator/migration=shout")...)
	starter := s.startStarter(append(slow("20"), "--config", s.folder, "customer-migrator/migration=shout", "--reason", "ticket 7")...)
	s.until("the run to be listed", func() bool { return strings.Contains(s.said("list"), "shout  ") })
	require.Regexp(t, `shout +running .* on .* +ticket 7`, s.tell(0, "list"))
	require.Contains(t, s.tell(0, "pause", "shout", "--reason", "lunch"), "the migration is paused")
	require.Regexp(t, `started by .* on .*: ticket 7\npause by .* on `, s.tell(0, "status"), "the one that runs")
	require.Contains(t, s.tell(1, "status", "whisper"), "there is no migration (workflow migration/whisper/localhost)")
	require.Contains(t, s.tell(0, "cancel", "shout"), "the migration is cancelled")
	require.Equal(t, 1, starter.wait(t), starter.text())
}
