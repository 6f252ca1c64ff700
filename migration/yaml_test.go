package migration_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/migration"
)

const base = "name: shout\ncheck: SELECT id FROM c WHERE id = :id\nmigrate: UPDATE c SET a = 1 WHERE id = :id\n"

func TestAnUndoIsAMigrationOfItsOwn(t *testing.T) {
	parsed, err := migration.Parse("shout.yaml", []byte(base+"undo:\n- UPDATE c SET a = 0 WHERE id = :id\n- DELETE FROM d WHERE id = :id\n"))
	require.NoError(t, err)
	require.Len(t, parsed, 2)
	require.Equal(t, database.Plan{Migration: "shout-undo", Undoes: "shout", Undone: parsed[0].Statements.Migrate,
		Statements: &database.Statements{Migrate: []string{"UPDATE c SET a = 0 WHERE id = :id", "DELETE FROM d WHERE id = :id"}}}, parsed[1].Plan())
	without, err := migration.Parse("shout.yaml", []byte(base))
	require.NoError(t, err)
	require.Len(t, without, 1)
	require.Equal(t, without[0].Definition(), parsed[0].Definition(), "an undo may be added later")
	require.NotEqual(t, parsed[0].Definition(), parsed[1].Definition())
}

func TestAnUndoStandsInTheCatalog(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "migrations"), 0o755))
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "migrations", name), []byte(text), 0o644))
	}
	write("shout.yaml", base+"undo: UPDATE c SET a = 0 WHERE id = :id\n")
	catalog, err := migration.NewCatalog(nil, folder)
	require.NoError(t, err)
	found, err := catalog.Named("shout-undo")
	require.NoError(t, err)
	require.Equal(t, "shout", found.Undoes)
	write("other.yaml", "name: shout-undo\nmigrate: UPDATE c SET a = 1 WHERE id = :id\n")
	_, err = migration.NewCatalog(nil, folder)
	require.ErrorContains(t, err, "two migrations are named shout-undo")
}

func TestANameThatLeavesNoRoomForItsUndo(t *testing.T) {
	_, err := migration.Parse("long.yaml", []byte("name: a2345678901234567890123456789012345678901\nmigrate: UPDATE c SET a = 1 WHERE id = :id\n"))
	require.ErrorContains(t, err, "have at most 40 characters")
	long := "name: a23456789012345678901234567890123456\nmigrate: UPDATE c SET a = 1 WHERE id = :id\n"
	_, err = migration.Parse("long.yaml", []byte(long))
	require.NoError(t, err)
	_, err = migration.Parse("long.yaml", []byte(long+"undo: UPDATE c SET a = 0 WHERE id = :id\n"))
	require.ErrorContains(t, err, `has an undo, whose name "a23456789012345678901234567890123456-undo" would be too long; it may have at most 35 characters itself`)
}

// TestAStatementIsTakenWholeOrRefused, with the place and the form to write.
func TestAStatementIsTakenWholeOrRefused(t *testing.T) {
	const cut = "UPDATE t SET a = 1 WHERE id IN (:ids) AND n >= n # 1 AND NOT flag"
	for _, test := range []struct{ file, says string }{
		{"migrate: " + cut, `x.yaml:2: migrate: YAML takes everything from "# 1 AND NOT flag" on for a comment`},
		{"migrate: " + cut, "write the text as a block: migrate: |, then the text on the next line, indented"},
		{"migrate:\n- DELETE FROM u\n- " + cut, "x.yaml:4: migrate: YAML takes everything from"},
		{"migrate:\n- " + cut, "write the text as a block: - |,"},
		{"migrate: a\ncheck: SELECT id FROM t WHERE id IN (:ids) # AND NOT flag", "x.yaml:3: check: YAML takes everything from \"# AND NOT flag\" on"},
		{"migrate: a\nundo: " + cut, "x.yaml:3: undo: YAML takes"},
		{"migrate: a\nundo: [a, b = 1]", "x.yaml:3: undo: in [ ] YAML cuts a statement at its commas"},
		{"migrate: >\n  UPDATE t SET a = 1 -- all\n  WHERE id = :id", "x.yaml:2: migrate: YAML joins these lines into one"},
		{"migrate: null", "x.yaml:2: migrate: null is YAML's null, which is no value; write a statement, or leave migrate out"},
		{"migrate: ~", "x.yaml:2: migrate: ~ is YAML's null"},
		{"migrate:", "x.yaml:2: migrate: there is no value"},
		{"migrate: ''", "x.yaml:2: migrate: the statement is empty"},
		{"migrate: []", "x.yaml:2: migrate: the list is empty"},
		{"migrate:\n- a\n-", "x.yaml:4: migrate: there is no value"},
		{"migrate:\n- a\n- [b]", "x.yaml:4: migrate: it must be one statement or a list of statements"},
		{"migrate: a\ncheck: ~", "x.yaml:3: check: ~ is YAML's null, which is no value; write a statement, or leave check out"},
		{"migrate: a\ncheck: [a]", "x.yaml:3: check: it must be one statement"},
		{"migrate: a\nundo: {a: b}", "x.yaml:3: undo: it must be one statement or a list of statements"},
		{"migrate: &m a\nundo: *m", "x.yaml:3: undo: *m is a YAML alias"},
		{"migrate: a\n<<: {undo: b}", "x.yaml:3: YAML's merge key << is not followed"},
		{"migrate: !!binary YQ==", "x.yaml:2: migrate: the YAML tag !!binary is not supported"},
		{"migrate: a\nversion: null", "x.yaml:3: version: null is YAML's null, which is no value; leave the key out, or put the word in quotes"},
		{"migrate: a\nversion: [1]", "x.yaml:3: version: it must be a single value"},
		{"migrate: a\nmigrate: b", "x.yaml:3: key migrate appears twice"},
		{"migrate: a\nundoo: b", "x.yaml:3: there is no key undoo; a migration has the keys name, version, check, migrate and undo"},
		{"migrate: UPDATE t SET a = ': b'\n  # and\n  WHERE id = :id", "must stand in a block: migrate: |"},
	} {
		_, err := migration.Parse("x.yaml", []byte("name: shout\n"+test.file+"\n"))
		require.ErrorContains(t, err, test.says, test.file)
	}
	for _, file := range []string{"", "# nothing\n", "- a\n", "just text\n", "name: ~\nmigrate: a\n", "name: a\nmigrate: b\n---\nname: c\nmigrate: d\n", "name: a\nmigrate: \xff\n"} {
		_, err := migration.Parse("x.yaml", []byte(file))
		require.ErrorContains(t, err, "x.yaml", file)
	}
}

func TestAStatementInABlockKeepsItsHash(t *testing.T) {
	parsed, err := migration.Parse("x.yaml", []byte("name: shout # loud\nversion: 1.10 # the second\nmigrate: | # told\n  UPDATE t SET a = n # 1 -- so\n  WHERE id = :id\nundo: 'DELETE FROM t WHERE a = n # 1' # back\n"))
	require.NoError(t, err)
	require.Equal(t, "1.10", parsed[0].Version)
	require.Equal(t, "x.yaml", parsed[0].File)
	require.Equal(t, []string{"UPDATE t SET a = n # 1 -- so\nWHERE id = :id\n"}, parsed[0].Statements.Migrate)
	require.Equal(t, []string{"DELETE FROM t WHERE a = n # 1"}, parsed[1].Statements.Migrate)
}

func TestAllProblemsOfAFileAreToldAtOnce(t *testing.T) {
	_, err := migration.Parse("x.yaml", []byte("name: a\ncheck: ~\nmigrate: b # c\nand: d\n"))
	require.Len(t, strings.Split(err.Error(), "\n"), 3)
}

// TestAFileThatHasChangedIsNoticed, but not another comment in it.
func TestAFileThatHasChangedIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shout.yaml")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o644)) }
	write(base)
	parsed, err := migration.Parse(path, []byte(base))
	require.NoError(t, err)
	began := parsed[0]
	began.Where = "id > 5"
	for text, says := range map[string]string{
		base: "", "# loud\n" + base: "",
		base + "version: 2\n":                  "file " + path + " was changed: migration shout is now version \"2\"",
		strings.Replace(base, "1", "2", 1):     "file " + path + " was changed",
		strings.Replace(base, "shout", "a", 1): "does not define migration shout any more",
		"name: [":                              "was changed, and is no longer a migration: " + path,
	} {
		write(text)
		if says == "" {
			require.Empty(t, began.Outdated(), text)
		} else {
			require.Contains(t, began.Outdated(), says, text)
		}
	}
	require.NoError(t, os.Remove(path))
	require.Contains(t, began.Outdated(), "can no longer be read")
	require.Empty(t, migration.Migration{Name: "written", Version: "1"}.Outdated())
}
