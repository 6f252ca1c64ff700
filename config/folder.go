package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// directory adds the files of the user's folder that are called by a component, and tells
// of others that look as if they should be read.
func (l *layers) directory(configuration *Configuration, sources Sources) {
	if sources.Directory == "" {
		return
	}
	if info, err := os.Stat(sources.Directory); err != nil || !info.IsDir() {
		l.problem("--config: %s is not a folder", Mask(sources.Directory))
		return
	}
	for _, profile := range configuration.profiles() {
		for _, name := range []string{profile.name, profile.name + "-" + sources.Environment} {
			path := filepath.Join(sources.Directory, name+".yaml")
			content, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				l.problem("--config: %w", err)
				continue
			}
			l.file(path, content)
		}
	}
	l.passedOver(sources)
}

// passedOver tells of the folder's YAML files that no component is called by.
func (l *layers) passedOver(sources Sources) {
	entries, err := os.ReadDir(sources.Directory)
	if err != nil {
		l.problem("--config: %w", err)
		return
	}
	var others []string
	for _, entry := range entries {
		name, extension := stem(entry.Name())
		path := filepath.Join(sources.Directory, entry.Name())
		switch {
		case entry.IsDir() || extension == "" || name == "" || name[0] == '.' || isLoaded(sources.Files, path):
		case !l.isComponents(name):
			others = append(others, entry.Name())
		case extension != ".yaml":
			l.problem("%s: a file of this name is not read; call it %s.yaml", path, name)
		}
	}
	if len(others) > 0 {
		l.notices = append(l.notices, fmt.Sprintf("--config: not read in %s: %s; read are <component>.yaml and <component>-<environment>.yaml, of the components %s; give another file with --load",
			sources.Directory, strings.Join(others, ", "), strings.Join(l.profileNames(), ", ")))
	}
}

// stem is a YAML file's name and its extension; without one it is none.
func stem(file string) (name, extension string) {
	extension = filepath.Ext(file)
	if lower := strings.ToLower(extension); lower != ".yaml" && lower != ".yml" {
		return file, ""
	}
	return strings.TrimSuffix(file, extension), extension
}

// isComponents reports whether a file is called by a component, in whatever environment.
func (l *layers) isComponents(name string) bool {
	return slices.ContainsFunc(l.profileNames(), func(profile string) bool {
		environment, found := strings.CutPrefix(name, profile+"-")
		return name == profile || found && slices.Contains(Environments(), environment)
	})
}

// isLoaded reports whether a file is given with --load, too.
func isLoaded(files []string, path string) bool {
	this, err := os.Stat(path)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(files, func(file string) bool {
		loaded, err := os.Stat(file)
		return err == nil && os.SameFile(this, loaded)
	})
}
