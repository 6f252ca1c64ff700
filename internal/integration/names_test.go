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
	require.Contains(t, s.tell(0, "status"), "about shout@customers, the only migration that runs\n")
	require.Contains(t, s.tell(1, "status", "whisper"), "there is no migration (workflow migration/whisper/localhost)")
	require.Contains(t, s.tell(0, "cancel", "shout"), "the migration is cancelled")
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Regexp(t, `started .* ago, ended at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n`, s.tell(0, "status", "shout"))
	require.Regexp(t, `pause: no migration runs \(workflow migration/shout/localhost\): it was cancelled at \d{4}-`, s.tell(1, "pause", "shout"))
	require.Contains(t, s.tell(1, "pause", "now"), `"now" was taken for a migration's name`)
}

// TestATableWhoseNameIsNotASCII is migrated: its task queue is named in a header of
// gRPC's, which is ASCII.
func TestATableWhoseNameIsNotASCII(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.execute(`CREATE TABLE "größe 1" (id INTEGER PRIMARY KEY, email TEXT, email_normalized TEXT)`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO "größe 1" SELECT i, 'a' || i, NULL FROM n`)
	s.writeMigration("shout", strings.ReplaceAll(undoable, "customers", `"größe 1"`))
	worker := s.startWorker("--config", s.folder, "customer-migrator/migration=shout@größe 1")
	require.Contains(t, worker.text(), "on task queue db-migrate/localhost/shout/gr%C3%B6%C3%9Fe 1\n")
	starter := s.startStarter("--config", s.folder, "customer-migrator/migration=shout")
	require.Zero(t, starter.wait(t), starter.text())
	require.EqualValues(t, 300, s.summary(starter).Migrated)
	require.Contains(t, s.tell(0, "list"), "shout@größe 1  completed")
	require.Contains(t, s.tell(0, "failures", "shout@größe 1"), "No row of migration shout is noted as failed.")
	require.Contains(t, s.tell(0, "ledger", "ddl", "customer-migrator/migration=shout@größe 1"), "größe")
	require.Contains(t, s.tell(0, "status", "customer-migrator/migration=shout@größe 1"), "completed")
}
