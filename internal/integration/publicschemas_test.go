package integration_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// publicSchema is a schema that others have published, with rows of ours, and what is made
// of it: testdata/schemas has its file and its migrations.
type publicSchema struct {
	name, driver string
	migrations   []publicMigration
}

// publicMigration is judged by a copy of the database, on which plain statements do the same
// at once.
type publicMigration struct {
	name, table string
	// plain are the statements; the first one changes the rows that the migration is for.
	plain []string
	// content must be the same in both databases, and after an undo what it was before.
	content string
	// effects are those of triggers and further statements, and must be the same in both.
	effects string
	// refused is how many rows fail: by a constraint, or by the migration's own word.
	refused int64
	undone  bool
}

// schemaWorker is built once.
var schemaWorker = sync.OnceValue(func() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	output, err := exec.Command("go", "build", "-o", bin+"/", "db-migrate/internal/integration/schemaworker").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
})

// TestPublicSchemasAreMigrated: what migrations make of tables that others have designed is
// what a plain statement makes of them, and a second run finds nothing to do.
func TestPublicSchemasAreMigrated(t *testing.T) {
	t.Parallel()
	for _, schema := range []publicSchema{pagila(), sakila(), chinook(), chinookOnPostgres(), northwind()} {
		t.Run(schema.name, func(t *testing.T) {
			t.Parallel()
			installed := map[string]string{"postgres": "TEST_POSTGRES_URL", "mysql": "TEST_MYSQL_URL"}[schema.driver]
			if installed != "" && os.Getenv(installed) == "" {
				t.Skipf("%s is not set: make services", installed)
			}
			require.NoError(t, schemaWorker())
			on := loadPublicSchema(newStack(t), schema)
			on.serve("")
			for _, migration := range schema.migrations {
				on.migrate(migration)
			}
			on.undo()
		})
	}
}

// publicDatabase is a schema twice: one is migrated, on the other plain statements are run.
type publicDatabase struct {
	*server
	schema publicSchema
	copied *sql.DB
	worker *process
}

func loadPublicSchema(s *stack, schema publicSchema) *publicDatabase {
	s.Helper()
	content, err := os.ReadFile("testdata/schemas/" + schema.name + ".sql")
	require.NoError(s, err)
	places := make([]*server, 2)
	for i := range places {
		places[i] = s.place(schema.driver, keyKind{name: schema.name})
		places[i].do(string(content))
	}
	copied := places[1].opened()
	s.Cleanup(func() { copied.Close() })
	return &publicDatabase{server: places[0], schema: schema, copied: copied}
}

func (d *publicDatabase) options(more ...string) []string {
	folder, err := filepath.Abs("testdata/schemas/" + d.schema.name)
	require.NoError(d, err)
	return d.server.options(append([]string{"--config", folder, "customer-migration/processes=4", "customer-migrator/retry-interval=10ms"}, more...)...)
}

// serve starts a worker for all migrations, or for those of them that undo.
func (d *publicDatabase) serve(suffix string) {
	d.Helper()
	if d.worker != nil {
		d.worker.stop(d.stack)
	}
	var served []string
	for _, migration := range d.schema.migrations {
		if suffix == "" || migration.undone {
			served = append(served, migration.name+suffix+"@"+migration.table)
		}
	}
	d.worker = d.startWorkerAs("schemaworker", nil, d.options("--serve", strings.Join(served, ","))...)
}

// migrate carries a migration out twice, and judges both runs.
func (d *publicDatabase) migrate(migration publicMigration) {
	d.Helper()
	d.tell(0, d.chosen(migration, "", "--check")...)
	rows := d.keyCount("SELECT COUNT(*) FROM " + d.quoted(migration.table))
	changed := d.plainly(migration)
	first := d.run(migration, "")
	require.Equal(d, []int64{rows, changed, rows - changed - migration.refused, migration.refused},
		[]int64{first.Scanned, first.Migrated, first.Skipped, first.Failed}, migration.name)
	d.requireAlike(migration)
	again := d.run(migration, "")
	require.Equal(d, []int64{0, migration.refused}, []int64{again.Migrated, again.Failed}, "%s, the second time", migration.name)
	d.requireAlike(migration)
}

// plainly runs the statements that do the same, and returns how many rows the first one changes.
func (d *publicDatabase) plainly(migration publicMigration) int64 {
	d.Helper()
	changed := int64(0)
	for i, statement := range migration.plain {
		result, err := d.copied.Exec(statement)
		require.NoError(d, err, statement)
		if i == 0 {
			changed, err = result.RowsAffected()
			require.NoError(d, err)
		}
	}
	require.Positive(d, changed, "%s has nothing to do", migration.name)
	return changed
}

func (d *publicDatabase) requireAlike(migration publicMigration) {
	d.Helper()
	migrated := d.opened()
	defer migrated.Close()
	for _, query := range []string{migration.content, migration.effects} {
		if query != "" {
			require.Equal(d, answersTo(d, d.copied, query), answersTo(d, migrated, query), "%s: %s", migration.name, query)
		}
	}
}

// undo takes back what can be, the last first, and judges it by the content before.
func (d *publicDatabase) undo() {
	d.Helper()
	fresh := loadPublicSchema(d.stack, d.schema)
	d.serve("-undo")
	migrated := d.opened()
	defer migrated.Close()
	for _, migration := range d.schema.migrations {
		if migration.undone {
			undone := d.run(migration, "-undo")
			require.Equal(d, fresh.plainly(migration), undone.Migrated, "%s-undo", migration.name)
			require.Zero(d, undone.Failed, "%s-undo", migration.name)
			require.Equal(d, answersTo(d, fresh.opened(), migration.content), answersTo(d, migrated, migration.content), "%s-undo", migration.name)
		}
	}
}

// run carries a migration out, or what undoes it.
func (d *publicDatabase) run(migration publicMigration, suffix string) summary {
	d.Helper()
	starter := d.startStarter(d.chosen(migration, suffix)...)
	code := starter.wait(d)
	end := d.summary(starter)
	require.Equal(d, workflows.PhaseCompleted, end.Phase, starter.text())
	require.Equal(d, end.Failed > 0, code == 1, "exit code %d: %s", code, starter.text())
	return end
}

func (d *publicDatabase) chosen(migration publicMigration, suffix string, more ...string) []string {
	return d.options(append(more, "customer-migrator/migration="+migration.name+suffix, "connection/table="+migration.table)...)
}

func (d *publicDatabase) quoted(name string) string {
	if d.driver == "mysql" {
		return "`" + name + "`"
	}
	return `"` + name + `"`
}

// answersTo are the rows of a query as texts; there are some.
func answersTo(t testing.TB, opened *sql.DB, query string) []string {
	t.Helper()
	found := rowsOf(t, opened, query)
	require.NotEmpty(t, found, query)
	return found
}
