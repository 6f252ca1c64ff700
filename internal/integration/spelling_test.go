package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// respelled are tables whose keys compare without regard to case.
var respelled = map[string]string{
	"postgres": "CREATE TABLE users (name public.citext PRIMARY KEY, n integer NOT NULL DEFAULT 0)",
	"mysql":    "CREATE TABLE users (name varchar(50) PRIMARY KEY, n integer NOT NULL DEFAULT 0)",
	"sqlite":   "CREATE TABLE users (name text PRIMARY KEY NOT NULL COLLATE NOCASE, n integer NOT NULL DEFAULT 0)",
}

// TestASecondRunAfterAKeyWasRespelledEnds: the ledger knew the row by another
// spelling, and the run went on for ever.
func TestASecondRunAfterAKeyWasRespelledEnds(t *testing.T) {
	t.Parallel()
	for _, p := range everywhere() {
		table, has := respelled[p.driver]
		if !has {
			continue
		}
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.share(p)
			v.exec(table)
			v.url = strings.Replace(v.url, "&sslmode", "%2Cpublic&sslmode", 1) // where citext is
			users := make([]string, 600)
			for i := range users {
				users[i] = fmt.Sprintf("('user%03d')", i)
			}
			v.exec("INSERT INTO users (name) VALUES " + strings.Join(users, ", "))
			s.writeMigration("count", "name: count\nmigrate: UPDATE users SET n = n + 1 WHERE name IN (:ids)\n")
			options := v.options("--config", s.folder, "customer-migrator/migration=count", "connection/table=users")
			s.startWorker(options...)
			first := s.startStarter(options...)
			require.Zero(t, first.wait(t), first.text())
			require.EqualValues(t, 600, s.summary(first).Migrated)
			v.exec("UPDATE users SET name = 'User500' WHERE name = 'user500'")
			second := s.startStarter(options...)
			require.Zero(t, second.wait(t), second.text())
			require.EqualValues(t, []int64{0, 600}, []int64{s.summary(second).Migrated, s.summary(second).Skipped})
			require.EqualValues(t, 600, v.count("SELECT SUM(n) FROM users"))
		})
	}
}

// writeNumbers writes the ids from 1 into a file of a folder.
func (s *stack) writeNumbers(folder string, ids int) {
	s.Helper()
	var text strings.Builder
	for id := range ids {
		fmt.Fprintln(&text, id+1)
	}
	require.NoError(s, os.MkdirAll(s.path(folder), 0o755))
	require.NoError(s, os.WriteFile(filepath.Join(s.path(folder), "ids.txt"), []byte(text.String()), 0o644))
}

// TestAFileWhileTheServerIsAway: an outage is no verdict on an id. The key is of a type
// that only PostgreSQL can read.
func TestAFileWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	p := products()[0]
	v := s.startServer(p)
	customers, limits := p.slowly()
	v.fill(customers)
	v.exec("ALTER TABLE customers ALTER COLUMN id TYPE numeric")
	v.writeNumbers("lists", customers)
	options := v.options(append(limits, "customer-scanner/source-dir=lists")...)
	s.startWorker(options...)
	starter := s.startStarter(append(options, "--file", "ids.txt")...)
	v.untilMigrated(starter, customers/8)
	v.run("stop")
	v.untilTold("cannot be reached", "connect", "shut", "closed", "EOF")
	v.run("start")
	s.release(options...)
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.Equal(t, workflows.PhaseCompleted, end.Phase)
	require.Zero(t, end.Vanished)
	require.EqualValues(t, customers, end.Migrated+end.Skipped)
	require.Zero(t, v.count("SELECT count(*) FROM customers WHERE first_name IS NULL"))
}
