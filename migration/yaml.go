package migration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"gopkg.in/yaml.v3"

	"db-migrate/database"
)

// document is the form of a migration's YAML file.
type document struct {
	Name    string     `yaml:"name"`
	Version string     `yaml:"version"`
	Check   string     `yaml:"check"`
	Migrate statements `yaml:"migrate"`
	Undo    statements `yaml:"undo"`
}

// statements are one statement or a list of them.
type statements []string

func (s *statements) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*s = statements{node.Value}
		return nil
	}
	var list []string
	if err := node.Decode(&list); err != nil {
		return fmt.Errorf("line %d: this must be one statement or a list of statements", node.Line)
	}
	*s = list
	return nil
}

// Parse reads a migration in SQL from YAML, and after it the one that undoes it, if
// the file has an undo; file names it in errors.
func Parse(file string, content []byte) ([]Migration, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var found document
	if err := decoder.Decode(&found); err != nil {
		return nil, fmt.Errorf("%s: %w; a migration has the keys name, version, check, migrate and undo", file, err)
	}
	if err := decoder.Decode(&document{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: more than one document; a file holds one migration", file)
	}
	migration := Migration{Name: found.Name, Version: found.Version,
		Statements: &database.Statements{Check: found.Check, Migrate: found.Migrate}}
	if len(found.Undo) > 0 {
		migration.UndoneBy = migration.Name + undoSuffix
	}
	if err := migration.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if migration.UndoneBy == "" {
		return []Migration{migration}, nil
	}
	return []Migration{migration, {Name: migration.UndoneBy, Version: found.Version, Undoes: migration.Name,
		Statements: &database.Statements{Migrate: found.Undo}}}, nil
}

// undoSuffix ends the name of the migration that undoes another one.
const undoSuffix = "-undo"

// ReadFolder reads all migrations (*.yaml) of a folder.
func ReadFolder(folder fs.FS) ([]Migration, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	var found []Migration
	for _, name := range names {
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		migrations, err := Parse(path.Base(name), content)
		if err != nil {
			return nil, err
		}
		found = append(found, migrations...)
	}
	return found, nil
}
