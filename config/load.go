package config

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

//go:embed defaults/*.yaml
var defaults embed.FS

// Sources are where a configuration comes from.
type Sources struct {
	// Environment is localhost, staging or production.
	Environment string
	// Directory is the user's folder; empty: none.
	Directory string
	// Files are further files, each with any of the profiles.
	Files []string
	// Arguments are component/key=value.
	Arguments []string
	// Getenv looks up an environment variable, as os.LookupEnv does.
	Getenv func(string) (string, bool)
	// Program is the one that reads them. It tells of an argument that
	// only the other one reads, and needs no variable that such a key names. 0: any.
	Program Program
}

// Environments are the valid ones.
func Environments() []string { return []string{"localhost", "staging", "production"} }

// environmentRule is the original's sentence.
const environmentRule = "Must be localhost, staging, or production."

// Load reads and checks all layers. The error holds every problem, each with its
// file and line, or argument, and key.
func Load(sources Sources) (*Configuration, error) {
	if !slices.Contains(Environments(), sources.Environment) {
		return nil, fmt.Errorf("--env: %q: %s", sources.Environment, environmentRule)
	}
	configuration := &Configuration{Directory: sources.Directory, values: map[string]value{}}
	layers := &layers{program: sources.Program, table: keysByName(), known: Keys(), values: configuration.values}
	layers.embedded(configuration, sources.Environment)
	layers.directory(configuration, sources)
	for _, file := range sources.Files {
		content, err := os.ReadFile(file)
		if err != nil {
			layers.problem("--load: %s", Mask(err.Error()))
			continue
		}
		layers.file(file, content)
	}
	for _, argument := range sources.Arguments {
		layers.argument(argument)
	}
	layers.expand(sources.Getenv)
	layers.problems = append(layers.problems, configuration.fill()...)
	if err := configuration.splitMigration(); err != nil {
		layers.problems = append(layers.problems, err)
	}
	layers.problems = append(layers.problems, configuration.checkTogether()...)
	configuration.Notices = layers.notices
	return configuration, errors.Join(layers.problems...)
}

// Refused is the error for a key's value, with the place where it was set.
func (c *Configuration) Refused(key, reason string) error {
	return fmt.Errorf("%s: %s: %s", c.values[key].place, key, reason)
}

// checkTogether finds keys that do not go together.
func (c *Configuration) checkTogether() []error {
	if c.Connection.Password != "" && c.Connection.PasswordFile != "" {
		return []error{c.Refused("connection/password-file", "connection/password is set, too; leave one of them out, best connection/password")}
	}
	return nil
}

// builtIn is how the places of embedded files begin.
const builtIn = "built-in "

func (l *layers) embedded(configuration *Configuration, environment string) {
	for _, profile := range configuration.profiles() {
		for _, name := range []string{profile.name, profile.name + "-" + environment} {
			content, err := defaults.ReadFile("defaults/" + name + ".yaml")
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			l.file(builtIn+name+".yaml", content)
		}
	}
}
