package migration_test

import (
	"os"
	"path/filepath"
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
	require.Equal(t, database.Plan{Migration: "shout-undo", Undoes: "shout",
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
