package integration_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// undoable is a migration in SQL that can be undone.
const undoable = `name: shout
check: SELECT id FROM customers WHERE id IN (:ids) AND email_normalized IS NULL
migrate: UPDATE customers SET email_normalized = upper(email) WHERE id IN (:ids) AND email_normalized IS NULL
undo: UPDATE customers SET email_normalized = NULL WHERE id IN (:ids)
`

// TestAnUndoTakesBackWhatAMigrationDid: those who had the column before keep it,
// and after a second migration a second undo skips nobody.
func TestAnUndoTakesBackWhatAMigrationDid(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(3000)
	s.writeMigration("shout", undoable)
	const filled = "SELECT COUNT(*) FROM customers WHERE email_normalized IS NOT NULL"
	before := s.number(filled)
	require.Positive(t, before)
	run := func(migration string) summary {
		t.Helper()
		options := []string{"--config", s.folder, "customer-migrator/migration=" + migration}
		worker := s.startWorker(options...)
		starter := s.startStarter(options...)
		require.Zero(t, starter.wait(t), starter.text())
		worker.kill()
		return s.summary(starter)
	}
	undone := []string{"--config", s.folder, "customer-migrator/migration=shout-undo"}
	refused := s.start("worker", nil, append(undone, "connection/url="+s.path("customers.db"))...)
	require.Equal(t, 2, refused.wait(t))
	require.Contains(t, refused.text(), "there is no ledger db_migrate_ledger_customers_shout of migration shout here, so that there is nothing to undo")
	for range 2 {
		migrated := run("shout")
		require.EqualValues(t, 3000-before, migrated.Migrated)
		require.Equal(t, before, migrated.Skipped)
		require.EqualValues(t, 3000, s.number(filled))
		back := run("shout-undo")
		require.EqualValues(t, 3000-before, back.Migrated)
		require.Equal(t, before, back.Skipped)
		require.Equal(t, before, s.number(filled))
		require.Zero(t, s.number("SELECT COUNT(*) FROM db_migrate_ledger_customers_shout"))
		require.EqualValues(t, 3000-before, s.number("SELECT COUNT(*) FROM db_migrate_ledger_customers_shout_undo"))
	}
}

// TestAnUndoIsLookedAtBeforeItIsNeeded: a worker whose migration has one that the table
// cannot bear does not start.
func TestAnUndoIsLookedAtBeforeItIsNeeded(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(10)
	s.writeMigration("shout", strings.Replace(undoable, "undo: UPDATE customers SET email_normalized", "undo: UPDATE customers SET email_nowhere", 1))
	refused := s.start("worker", nil, "--config", s.folder, "customer-migrator/migration=shout", "connection/url="+s.path("customers.db"))
	require.Equal(t, 2, refused.wait(t), refused.text())
	require.Contains(t, refused.text(), "migration shout-undo, migrate statement 1: ")
	require.Contains(t, refused.text(), "email_nowhere")
}
