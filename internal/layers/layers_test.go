// Package layers_test enforces who may import whom: the same rules as depguard's
// in .golangci.yml, and beyond them what comes in through a third package.
//
// The packages are read in process, not by go list, so that the test cache
// notices when a file changes.
package layers_test

import (
	"errors"
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const root = "../.."

func TestLayers(t *testing.T) {
	imports := readGraph(t)
	require.Contains(t, imports, "db-migrate/database")
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) { assert.Empty(t, rule.check(imports)) })
	}
}

// A rule about a package that was renamed would hold for ever.
func TestRulesSpeakOfPackagesThatExist(t *testing.T) {
	imports := readGraph(t)
	for _, rule := range rules {
		for _, pattern := range append(rule.packages, rule.except...) {
			exists := false
			for importPath := range imports {
				exists = exists || matches(pattern, strings.TrimPrefix(importPath, module+"/"))
			}
			assert.True(t, exists, "%s: there is no package %s", rule.name, pattern)
		}
	}
}

func TestEveryRuleCanFail(t *testing.T) {
	for name, broken := range map[string]graph{
		"workflows-no-driver":     {"db-migrate/workflows": {"db-migrate/activities"}, "db-migrate/activities": {"db-migrate/database/sqlite"}},
		"activities-no-driver":    {"db-migrate/activities": {"github.com/jackc/pgx/v5"}},
		"activities-no-workflows": {"db-migrate/activities/deep": {"db-migrate/workflows"}},
		"settle":                  {"db-migrate/activities/settle": {"db-migrate/migration"}, "db-migrate/migration": {"go.temporal.io/sdk/temporal"}},
		"throttle":                {"db-migrate/activities/throttle": {"golang.org/x/sync/errgroup"}},
		"serving-no-terminal":     {"db-migrate/workflows": {"db-migrate/board"}, "db-migrate/board": {"github.com/pterm/pterm"}},
		"terminal":                {"db-migrate/system": {"github.com/pterm/pterm"}},
		"config":                  {"db-migrate/config": {"db-migrate/database"}},
		"board":                   {"db-migrate/board": {"db-migrate/workflows"}},
		"graph":                   {"db-migrate/graph": {"db-migrate/system"}},
		"siteguard":               {"db-migrate/siteguard": {"db-migrate/database/sqltext"}},
		"migration":               {"db-migrate/migration/contact": {"db-migrate/database/sqltext"}},
		"database":                {"db-migrate/database": {"db-migrate/database/sqlite"}},
		"drivers":                 {"db-migrate/system": {"db-migrate/database/sqlite"}},
		"starter-no-driver":       {"db-migrate/starter/cli": {"db-migrate/system"}, "db-migrate/system": {"db-migrate/database/drivers"}, "db-migrate/database/drivers": {"db-migrate/database/sqlite"}},
		"driverkit":               {"db-migrate/activities": {"db-migrate/database/books"}},
	} {
		assert.NotEmpty(t, named(t, name).check(broken), name)
	}
	assert.Len(t, rules, 16, "a rule without an example above")
}

func TestWhatIsAllowedPasses(t *testing.T) {
	sound := graph{
		"db-migrate/workflows":           {"db-migrate/activities", "go.temporal.io/sdk/workflow"},
		"db-migrate/activities":          {"db-migrate/activities/settle", "db-migrate/activities/throttle", "db-migrate/database", "go.temporal.io/sdk/activity"},
		"db-migrate/activities/settle":   {"db-migrate/activities/throttle", "db-migrate/database", "db-migrate/idfile", "db-migrate/migration", "golang.org/x/sync/errgroup"},
		"db-migrate/activities/throttle": {"context", "sync"},
		"db-migrate/migration":           {"db-migrate/database", "gopkg.in/yaml.v3"},
		"db-migrate/migration/contact":   {"db-migrate/migration", "db-migrate/database"},
		"db-migrate/config":              {"db-migrate/config/layers", "db-migrate/internal/suggest"},
		"db-migrate/graph":               {"db-migrate/internal/suggest", "github.com/spf13/pflag"},
		"db-migrate/board":               {"github.com/pterm/pterm"},
		"db-migrate/starter":             {"db-migrate/starter/cli"},
		"db-migrate/starter/cli":         {"db-migrate/board", "github.com/pterm/pterm", "db-migrate/workflows"},
		"db-migrate/database/drivers":    {"db-migrate/database/sqlite"},
		"db-migrate/database/sqlite":     {"db-migrate/database", "db-migrate/database/books", "modernc.org/sqlite"},
		"db-migrate/worker":              {"db-migrate/system", "db-migrate/database/drivers"},
		"db-migrate/system":              {"db-migrate/database", "db-migrate/config", "db-migrate/graph", "db-migrate/workflows"},
		"db-migrate/configuration":       {"db-migrate/database"},
	}
	for _, rule := range rules {
		assert.Empty(t, rule.check(sound), rule.name)
	}
}

// TestEveryDriverHasItsRules: those that the programs link are those that the rules name.
func TestEveryDriverHasItsRules(t *testing.T) {
	imported := readGraph(t)["db-migrate/database/drivers"]
	found := slices.DeleteFunc(imported, func(name string) bool { return !strings.HasPrefix(name, "db-migrate/database/") })
	assert.ElementsMatch(t, ourDrivers, found)
}

func TestABrokenRuleIsToldWithItsChain(t *testing.T) {
	found := named(t, "activities-no-workflows").check(graph{
		"db-migrate/activities": {"db-migrate/system", "fmt"},
		"db-migrate/system":     {"db-migrate/workflows", "db-migrate/activities"},
	})
	assert.Equal(t, []string{"db-migrate/activities imports db-migrate/system imports db-migrate/workflows: " +
		"workflows call activities, never the other way round (activities-no-workflows)"}, found)
}

// The linter's configuration must say what the rules here say.
func TestLinterHasTheSameRules(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	require.NoError(t, err)
	var linter struct {
		Linters struct {
			Settings struct {
				Depguard struct{ Rules map[string]depguard }
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(content, &linter))
	want := map[string]depguard{}
	for _, rule := range rules {
		want[rule.name] = rule.depguard()
	}
	assert.Equal(t, want, linter.Linters.Settings.Depguard.Rules)
}

// depguard is a rule in the linter's configuration.
type depguard struct {
	Mode  string `yaml:"list-mode"`
	Files []string
	Deny  []denial
	Allow []string
}

type denial struct {
	Package string `yaml:"pkg"`
	Reason  string `yaml:"desc"`
}

func (r rule) depguard() depguard {
	converted := depguard{Mode: "lax", Allow: r.allowed}
	for _, pattern := range r.packages {
		converted.Files = append(converted.Files, filePattern(pattern))
	}
	if len(r.packages) == 0 {
		converted.Files = []string{"$all"}
	}
	for _, pattern := range r.except {
		converted.Files = append(converted.Files, "!"+filePattern(pattern))
	}
	converted.Files = append(converted.Files, "!$test")
	for _, forbidden := range r.forbidden {
		converted.Deny = append(converted.Deny, denial{forbidden, r.reason})
	}
	return converted
}

// filePattern begins at the checkout: a folder above it may have a package's name.
func filePattern(packages string) string {
	if exact, ok := strings.CutSuffix(packages, "$"); ok {
		return "${base-path}/" + exact + "/*.go"
	}
	return "${base-path}/" + packages + "/**"
}

func named(t *testing.T, name string) rule {
	t.Helper()
	for _, rule := range rules {
		if rule.name == name {
			return rule
		}
	}
	require.Fail(t, "there is no rule "+name)
	return rule{}
}

// readGraph reads the imports of all packages of the module.
func readGraph(t *testing.T) graph {
	t.Helper()
	imports := graph{}
	err := filepath.WalkDir(root, func(folder string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if skipped(folder) {
			return filepath.SkipDir
		}
		return addPackage(imports, folder)
	})
	require.NoError(t, err)
	return imports
}

// skipped reports whether a folder holds no packages of this module.
func skipped(folder string) bool {
	if folder == root {
		return false
	}
	name := filepath.Base(folder)
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil || name == "testdata" || name == "bin" || name == "var" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

func addPackage(imports graph, folder string) error {
	found, err := build.Default.ImportDir(folder, 0)
	var none *build.NoGoError
	if errors.As(err, &none) {
		return nil
	}
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(root, folder)
	if err != nil {
		return err
	}
	imports[path.Join(module, filepath.ToSlash(relative))] = found.Imports
	return nil
}
