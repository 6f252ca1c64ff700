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
		return fmt.Errorf("line %d: migrate must be one statement or a list of statements", node.Line)
	}
	*s = list
	return nil
}

// Parse reads a migration in SQL from YAML; file names it in errors.
func Parse(file string, content []byte) (Migration, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var found document
	if err := decoder.Decode(&found); err != nil {
		return Migration{}, fmt.Errorf("%s: %w; a migration has the keys name, version, check and migrate", file, err)
	}
	if err := decoder.Decode(&document{}); !errors.Is(err, io.EOF) {
		return Migration{}, fmt.Errorf("%s: more than one document; a file holds one migration", file)
	}
	migration := Migration{Name: found.Name, Version: found.Version,
		Statements: &database.Statements{Check: found.Check, Migrate: found.Migrate}}
	if err := migration.Validate(); err != nil {
		return Migration{}, fmt.Errorf("%s: %w", file, err)
	}
	return migration, nil
}

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
		migration, err := Parse(path.Base(name), content)
		if err != nil {
			return nil, err
		}
		found = append(found, migration)
	}
	return found, nil
}
