package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"db-migrate/migration"
)

//go:embed all:templates
var templates embed.FS

// Request says what to make.
type Request struct {
	// Folder is made; its last element is the migration's name.
	Folder string
	// SQL: the migration is written in SQL, and nothing is compiled.
	SQL bool
	// Source is the folder with the sources of db-migrate; empty: it is looked
	// for from the working directory and from this program upwards.
	Source string
}

// Scaffold is what was made.
type Scaffold struct {
	// Name is the migration's.
	Name string
	// Files are the paths of what was written, within the folder.
	Files []string
	// Source is the path from the folder to db-migrate's sources.
	Source string
}

// content is what the templates can name.
type content struct {
	Name, Source, GoVersion string
	// Requirements are the modules that db-migrate needs.
	Requirements []string
}

// Replacement is the path to the sources as go.mod takes it.
func (c content) Replacement() string {
	if strings.ContainsAny(c.Source, " \t()[]{},'\"`") {
		return strconv.Quote(c.Source)
	}
	return c.Source
}

// Create makes the folder, all of it or nothing. A folder that exists is left
// alone, and is an error.
func Create(request Request) (made Scaffold, err error) {
	described, source, err := describe(request)
	if err != nil {
		return Scaffold{}, err
	}
	if err := makeFolder(request.Folder); err != nil {
		return Scaffold{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(request.Folder))
		}
	}()
	kind := "go"
	if request.SQL {
		kind = "sql"
	}
	made = Scaffold{Name: described.Name, Source: described.Source}
	if made.Files, err = render(kind, request.Folder, described); err != nil || request.SQL {
		return made, err
	}
	made.Files = append(made.Files, "go.sum")
	return made, copyFile(filepath.Join(source, "go.sum"), filepath.Join(request.Folder, "go.sum"))
}

// describe collects what the templates need, and finds what is wrong with the
// request before anything is written.
func describe(request Request) (content, string, error) {
	folder, err := filepath.Abs(request.Folder)
	if err != nil {
		return content{}, "", err
	}
	name := filepath.Base(folder)
	if err := migration.CheckName(name); err != nil {
		return content{}, "", err
	}
	if _, err := os.Lstat(folder); err == nil {
		return content{}, "", existing(request.Folder)
	}
	source, err := findSource(request.Source)
	if err != nil {
		return content{}, "", err
	}
	described, err := readModule(source)
	described.Name, described.Source = name, pathBetween(folder, source)
	return described, source, err
}

func existing(folder string) error {
	return fmt.Errorf("%s exists, and is left as it is; give the migration another name, or remove it first", folder)
}

func makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o755)
	switch {
	case errors.Is(err, fs.ErrExist):
		return existing(folder)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no folder %s to make it in", folder, filepath.Dir(folder))
	}
	return err
}

// pathBetween is how to write the way from a new folder to the sources: relative,
// so that both can be moved and shared together, if that is possible.
func pathBetween(folder, source string) string {
	parent, err := filepath.EvalSymlinks(filepath.Dir(folder))
	if err != nil {
		return source
	}
	path, err := filepath.Rel(filepath.Join(parent, filepath.Base(folder)), source)
	if err != nil {
		return source
	}
	return filepath.ToSlash(path)
}

// render writes the templates of a kind. A template's name is the file's, with
// dot- for a leading dot.
func render(kind, folder string, described content) ([]string, error) {
	root := "templates/" + kind
	var written []string
	err := fs.WalkDir(templates, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, root+"/"), ".tmpl")
		name = strings.ReplaceAll(name, "dot-", ".")
		name = strings.ReplaceAll(name, "NAME", described.Name)
		written = append(written, name)
		return renderFile(path, filepath.Join(folder, filepath.FromSlash(name)), described)
	})
	return written, err
}

func renderFile(path, target string, described content) error {
	parsed, err := template.ParseFS(templates, path)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, described); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, text.Bytes(), 0o644)
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
