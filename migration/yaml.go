package migration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"db-migrate/database"
	"db-migrate/internal/yamltext"
)

// document is a migration's YAML file.
type document struct {
	name, version, check string
	migrate, undo        []string
}

// Parse reads a migration in SQL from YAML, and after it the one that undoes it, if
// the file has an undo; file names it in errors.
func Parse(file string, content []byte) ([]Migration, error) {
	root, err := rootOf(file, content)
	if err != nil {
		return nil, err
	}
	reading := reader{file: file, lines: yamltext.LinesOf(content)}
	found := reading.document(root)
	if len(reading.problems) > 0 {
		return nil, errors.Join(reading.problems...)
	}
	if found.name == "" {
		return nil, fmt.Errorf("%s: the key name is missing; write name: %s", file, nameFrom(file))
	}
	migration := Migration{Name: found.name, Version: found.version, File: file,
		Statements: &database.Statements{Check: found.check, Migrate: found.migrate}}
	if len(found.undo) > 0 {
		migration.UndoneBy, migration.Undo = migration.Name+undoSuffix, found.undo
	}
	if err := migration.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if migration.UndoneBy == "" {
		return []Migration{migration}, nil
	}
	return []Migration{migration, {Name: migration.UndoneBy, Version: found.version, File: file, Undoes: migration.Name, Undone: found.migrate,
		Statements: &database.Statements{Migrate: found.undo}}}, nil
}

// nameFrom is a name that a migration may have, by its file's.
func nameFrom(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if CheckName(name) != nil {
		return "lower-emails"
	}
	return name
}

// rootOf is the one document of a file.
func rootOf(file string, content []byte) (*yaml.Node, error) {
	if !utf8.Valid(content) {
		return nil, fmt.Errorf("%s: the file is not UTF-8", file)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var root yaml.Node
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty; %s", file, keysOfFile)
	} else if err != nil {
		return nil, fmt.Errorf("%w; a statement with ': ' or ' #' in it must stand in a block: migrate: |, then the statement on the next line, indented", yamltext.Unreadable(file, content, err))
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: more than one document; a file holds one migration", file)
	}
	return root.Content[0], nil
}

// undoSuffix ends the name of the migration that undoes another one.
const undoSuffix = "-undo"

// ReadFolder reads all migrations (*.yaml) of a folder, whose name stands before
// theirs in errors.
func ReadFolder(name string, folder fs.FS) ([]Migration, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	var found []Migration
	for _, file := range names {
		content, err := fs.ReadFile(folder, file)
		if unreadable := new(fs.PathError); errors.As(err, &unreadable) {
			err = &fs.PathError{Op: unreadable.Op, Path: filepath.Join(name, file), Err: unreadable.Err}
		}
		if err != nil {
			return nil, err
		}
		migrations, err := Parse(filepath.Join(name, file), content)
		if err != nil {
			return nil, err
		}
		found = append(found, migrations...)
	}
	return found, nil
}
