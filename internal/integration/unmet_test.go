package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRowsThatTheCheckStillWantsAreTold: migrate writes NULL to each tenth row, for which
// the check asks. Whatever names the rows, and however the check is written, the run says
// so and ends with exit code 1, as a dry run behind it does.
func TestRowsThatTheCheckStillWantsAreTold(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("unmet")
	lists := m.path("lists")
	require.NoError(t, os.MkdirAll(lists, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(lists, "ids.txt"), []byte("7\n10\n20\n20\n31\n"), 0o644))
	for _, test := range []struct {
		name, check    string
		options        []string
		migrated, left int64
	}{
		{"set", "id IN (:ids)", nil, 2000, 200},
		{"row", "id = :id", nil, 2000, 200},
		{"file", "id IN (:ids)", []string{"--file", "ids.txt"}, 4, 2},
		{"part", "id = :id", []string{"--from", "101", "--to", "150"}, 50, 5},
	} {
		m.name = "unmet-" + test.name
		m.execute("UPDATE customers SET first_name = NULL")
		text := fmt.Sprintf("name: %s\nversion: \"1\"\ncheck: SELECT id FROM customers WHERE %s AND first_name IS NULL\n"+
			"migrate: UPDATE customers SET first_name = CASE WHEN id %% 10 > 0 THEN 'x' END WHERE %s AND first_name IS NULL\n", m.name, test.check, test.check)
		require.NoError(t, os.MkdirAll(filepath.Join(m.folder, "migrations"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(m.folder, "migrations", m.name+".yaml"), []byte(text), 0o644))
		worker := m.startWorker("customer-scanner/source-dir=" + lists)
		starter := m.startStarter(m.options(test.options...)...)
		require.Equal(t, 1, starter.wait(t), starter.text())
		ended := m.summary(starter)
		require.Equal(t, "completed", ended.Phase, test.name)
		require.Equal(t, []int64{test.migrated, test.left}, []int64{ended.Migrated, ended.Left}, test.name)
		require.Contains(t, starter.text(), "the check wants them still", test.name)
		dry := m.startStarter(m.options(append(test.options, "--dry-run")...)...)
		require.Equal(t, 1, dry.wait(t), dry.text())
		require.EqualValues(t, test.left, m.summary(dry).NeededAgain, test.name)
		worker.stop(m.stack)
	}
}

// TestRowsThatComeToNeedItByTheRunAreDone: a row of a chain needs it once the one before
// it has got it, so that the scan finds a few of them, and each look at the end some more.
func TestRowsThatComeToNeedItByTheRunAreDone(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("chain")
	m.execute("UPDATE customers SET first_name = NULL", "UPDATE customers SET first_name = 'x' WHERE id % 25 = 0")
	text := `name: chain
version: "1"
check: |
  SELECT id FROM customers AS c WHERE id IN (:ids) AND first_name IS NULL AND EXISTS (SELECT 1 FROM customers AS p WHERE p.id = c.id + 1 AND p.first_name IS NOT NULL)
migrate: |
  UPDATE customers SET first_name = 'x' WHERE id IN (:ids) AND first_name IS NULL AND EXISTS (SELECT 1 FROM customers AS p WHERE p.id = customers.id + 1 AND p.first_name IS NOT NULL)
`
	require.NoError(t, os.MkdirAll(filepath.Join(m.folder, "migrations"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(m.folder, "migrations", "chain.yaml"), []byte(text), 0o644))
	m.startWorker()
	starter := m.startStarter(m.options()...)
	require.Zero(t, starter.wait(t), starter.text())
	require.Zero(t, m.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
	end := m.summary(starter)
	require.Equal(t, []int64{2000, 1920, 80}, []int64{end.Scanned, end.Migrated, end.Skipped}, "each row is counted once")
}
