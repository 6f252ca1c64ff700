package migration

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed embedded/*.yaml
var embedded embed.FS

// Catalog is the migrations to choose from.
type Catalog []Migration

// NewCatalog joins migrations written in Go, those in the migrations folder of
// a configuration directory ("" for none), and the embedded ones. A file of the
// user's replaces an embedded one of the same name; two others with one name
// are refused.
func NewCatalog(written []Migration, directory string) (Catalog, error) {
	shipped, err := fs.Sub(embedded, "embedded")
	if err != nil {
		return nil, err
	}
	catalog, err := NewOwnCatalog(written, directory)
	if err != nil {
		return nil, err
	}
	fallback, err := ReadFolder("built-in", shipped)
	if err != nil {
		return nil, err
	}
	for _, candidate := range fallback {
		candidate.File = "" // of this program, and no file of anybody's
		if _, err := catalog.Named(candidate.Name); err != nil {
			catalog = append(catalog, candidate)
		}
	}
	return catalog, nil
}

// NewOwnCatalog is NewCatalog without the embedded ones.
func NewOwnCatalog(written []Migration, directory string) (Catalog, error) {
	users, err := readUsers(directory)
	if err != nil {
		return nil, err
	}
	catalog := Catalog{}
	for _, candidate := range slices.Concat(written, users) {
		if err := candidate.Validate(); err != nil {
			return nil, err
		}
		if _, err := catalog.Named(candidate.Name); err == nil {
			return nil, fmt.Errorf("two migrations are named %s", candidate.Name)
		}
		catalog = append(catalog, candidate)
	}
	return catalog, nil
}

func readUsers(directory string) ([]Migration, error) {
	folder := filepath.Join(directory, "migrations")
	if directory == "" {
		return nil, nil
	}
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		return nil, nil
	}
	return ReadFolder(folder, os.DirFS(folder))
}

// Named chooses a migration by its name.
func (c Catalog) Named(name string) (Migration, error) {
	for _, candidate := range c {
		if candidate.Name == name {
			return candidate, nil
		}
	}
	return Migration{}, fmt.Errorf("customer-migrator/migration: there is no migration %q; there are %s", name, strings.Join(c.Names(), ", "))
}

// Unread are the files of the migrations folder of a configuration directory that look
// like migrations and are not read, since they do not end in .yaml.
func Unread(directory string) []string {
	if directory == "" {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(directory, "migrations"))
	if err != nil {
		return nil // which is told when they are read
	}
	var found []string
	for _, entry := range entries {
		if extension := strings.ToLower(filepath.Ext(entry.Name())); extension == ".yml" || extension == ".yaml" && filepath.Ext(entry.Name()) != ".yaml" {
			found = append(found, filepath.Join(directory, "migrations", entry.Name()))
		}
	}
	return found
}

// Names are the migrations' names, sorted.
func (c Catalog) Names() []string {
	var names []string
	for _, candidate := range c {
		names = append(names, candidate.Name)
	}
	slices.Sort(names)
	return names
}

// SimulatedName is the migration of the simulated database, which sleeps in
// place of carrying one out.
const SimulatedName = "simulated"

// NameFor is the migration's name for a driver: the simulated database takes the
// simulated migration, whatever is configured.
func NameFor(driver, configured string) string {
	if driver == "simulated" {
		return SimulatedName
	}
	return configured
}
