package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/migration"
)

// screen is a starter's configuration with a migration in SQL.
func screen(t *testing.T, text string, arguments ...string) (*flags, *config.Configuration) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "migrations"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "migrations", "shout.yaml"), []byte(text), 0o644))
	given := &flags{environment: "localhost", directory: folder}
	configuration, err := given.load(append([]string{"customer-migrator/migration=shout"}, arguments...))
	require.NoError(t, err)
	return given, configuration
}

// serving is the answer of a worker that has read this.
func serving(t *testing.T, text, where string) activities.Inspection {
	t.Helper()
	parsed, err := migration.Parse("/srv/shout.yaml", []byte(text))
	require.NoError(t, err)
	parsed[0].Where = where
	return activities.Inspection{Worker: "host, process 7", Where: where,
		Fingerprint: activities.Fingerprint{Migration: "shout", Definition: parsed[0].Definition()},
		Source:      &activities.Source{File: parsed[0].File, Version: parsed[0].Version, Statements: parsed[0].Statements}}
}

const shouted = "name: shout\nversion: \"1\"\nmigrate: |\n  UPDATE t SET\n    v = 10\n  WHERE id IN (:ids)\n"

// TestWhatIsSeenIsWhatRuns: a worker that has another definition is refused, with
// both of them.
func TestWhatIsSeenIsWhatRuns(t *testing.T) {
	const changed = "name: shout\nversion: \"2\"\ncheck: |\n  SELECT id FROM t\nmigrate:\n- |\n  UPDATE t SET\n    v = 100\n  WHERE id IN (:ids)\n- |\n  DELETE FROM u\n"
	given, configuration := screen(t, changed)
	require.NoError(t, given.sameDefinition(configuration, serving(t, changed, "")))
	err := given.sameDefinition(configuration, serving(t, shouted, ""))
	require.ErrorContains(t, err, "nothing was started: the worker would not run what this configuration says of migration shout\n  here:   "+given.directory+"/migrations/shout.yaml, version \"2\", definition ")
	require.ErrorContains(t, err, "\n  worker: /srv/shout.yaml, version \"1\", definition ")
	require.ErrorContains(t, err, "\n  check, from line 1 on\n    here:   SELECT id FROM t\n    worker: nothing\n  migrate, statement 1, from line 2 on\n    here:     v = 100\n    worker:   v = 10\n  migrate, statement 2, from line 1 on\n    here:   DELETE FROM u\n    worker: nothing\n")
	require.ErrorContains(t, err, "restart the worker if it should run what stands here")
	var exit *exitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, exitUsage, exit.code)
}

// TestTheConditionIsComparedToo, of a migration that only the worker has as well.
func TestTheConditionIsComparedToo(t *testing.T) {
	given, configuration := screen(t, shouted, "customer-scanner/where=id > 5")
	require.NoError(t, given.sameDefinition(configuration, serving(t, shouted, "id > 5")))
	require.NoError(t, given.sameDefinition(configuration, serving(t, shouted, "id > 5\n")), "as a block has it")
	require.ErrorContains(t, given.sameDefinition(configuration, serving(t, shouted, "")), "customer-scanner/where\n    here:   id > 5\n    worker: none")
	given.directory, configuration.Directory = "", ""
	require.NoError(t, given.sameDefinition(configuration, serving(t, shouted, "id > 5")))
	require.ErrorContains(t, given.sameDefinition(configuration, serving(t, shouted, "id > 6")), "here:   id > 5\n    worker: id > 6")
}

// TestTheTableIsComparedIfItIsGiven: a starter needs to say nothing of the connection.
func TestTheTableIsComparedIfItIsGiven(t *testing.T) {
	worker := serving(t, shouted, "")
	worker.Fingerprint.Target = database.Target{Driver: "postgres", Table: "public.customers"}
	for argument, says := range map[string]string{
		"customer-migration/processes=5": "", "connection/table=customers": "", "connection/table=Customers": "", "connection/table=public.customers": "", "connection/driver=postgres": "",
		"connection/table=customers_b": "connection/table\n    here:   customers_b\n    worker: public.customers", "connection/table=mers": "connection/table",
		"connection/driver=mysql": "connection/driver\n    here:   mysql\n    worker: postgres",
	} {
		given, configuration := screen(t, shouted, argument)
		err := given.sameDefinition(configuration, worker)
		if says == "" {
			require.NoError(t, err, argument)
		} else {
			require.ErrorContains(t, err, says)
		}
	}
}

// TestWhatAFileSaysOfTheConnectionIsComparedToo, and a variable that is only set where the
// worker is started says nothing.
func TestWhatAFileSaysOfTheConnectionIsComparedToo(t *testing.T) {
	worker := serving(t, shouted, "")
	worker.Fingerprint.Target = database.Target{Driver: "postgres", Host: "db1:5432", Database: "shop", Table: "public.customers"}
	for text, says := range map[string]string{
		"driver: postgres": "", "url: postgres://me:secret@db1/shop": "", "table: customers": "", "url: ${ELSEWHERE:shop.db}": "", "driver: ${ELSEWHERE:sqlite}": "",
		"driver: sqlite": "connection/driver\n    here:   sqlite\n    worker: postgres", "table: orders": "connection/table\n    here:   orders\n    worker: public.customers",
		"url: postgres://me:secret@db2/shop": "connection/url\n    here:   postgres://me:********@db2/shop\n    worker: db1:5432/shop",
	} {
		given, _ := screen(t, shouted)
		require.NoError(t, os.WriteFile(filepath.Join(given.directory, "connection.yaml"), []byte("connection:\n  "+text+"\n"), 0o644))
		configuration, err := given.load([]string{"customer-migrator/migration=shout"})
		require.NoError(t, err, text)
		err = given.sameDefinition(configuration, worker)
		if says == "" {
			require.NoError(t, err, text)
		} else {
			require.ErrorContains(t, err, says, text)
		}
	}
}

func TestAMigrationThatOnlyTheWorkerHasIsTaken(t *testing.T) {
	given, configuration := screen(t, shouted)
	given.directory, configuration.Directory = "", ""
	require.NoError(t, given.sameDefinition(configuration, serving(t, shouted, "")))
}

// TestMigrationsInGoAreComparedByWhatTheyState, since nobody can look into them.
func TestMigrationsInGoAreComparedByWhatTheyState(t *testing.T) {
	change := func(context.Context, database.Row) (database.Change, error) { return database.Change{}, nil }
	given, configuration := screen(t, "name: other\nmigrate: x\n")
	given.written = []migration.Migration{{Name: "shout", Version: "2", Reads: []string{"a"}, Writes: []string{"b"}, Change: change}}
	worker := activities.Inspection{Fingerprint: activities.Fingerprint{Migration: "shout", Definition: "another program's"},
		Source: &activities.Source{Version: "2", Reads: []string{"a"}, Writes: []string{"b"}}}
	require.NoError(t, given.sameDefinition(configuration, worker))
	worker.Source.Version, worker.Source.Writes = "1", []string{"b", "c"}
	err := given.sameDefinition(configuration, worker)
	require.ErrorContains(t, err, `here:   in Go, version "2"`)
	require.ErrorContains(t, err, `worker: in Go, version "1"`)
	require.ErrorContains(t, err, "columns that are written\n    here:   b\n    worker: b, c")
	require.ErrorContains(t, given.sameDefinition(configuration, serving(t, shouted, "")), `worker: /srv/shout.yaml, version "1"`)
}

// TestLongDifferencesAreCut, and what a worker sends can not move the cursor.
func TestLongDifferencesAreCut(t *testing.T) {
	lines := differingLines("check", "a\n1\n2\n3\n4\n5\n6\n7\n8\nz", "a\n\x1b[2Jx\nz")
	require.Equal(t, []string{"  check, from line 2 on", "    here:   1", "    here:   2", "    here:   3", "    here:   4", "    here:   5", "    here:   6", "    here:   … and 2 lines more", "    worker: ·[2Jx"}, lines)
	require.Empty(t, differingLines("check", "a", "a"))
}

func TestABrokenFileIsToldBeforeTheStart(t *testing.T) {
	given, configuration := screen(t, "name: shout\nmigrate: ~\n")
	err := given.sameDefinition(configuration, activities.Inspection{})
	require.ErrorContains(t, err, "shout.yaml:2: migrate: ~ is YAML's null")
}
